import { expect, test } from 'vitest';
import type { Fact } from '../contract/facts.js';
import { ManualClock } from '../testing/manual-clock.js';
import { Run } from './run.js';

const never = new AbortController().signal;
const request = {
  sessionId: 's',
  toolCall: { toolCallId: 'c', kind: 'execute', title: 'ls' },
  options: [{ optionId: 'yes', kind: 'allow_once', name: 'Yes' }],
} as const;

function begun(idleMs?: number) {
  const clock = new ManualClock();
  const heard: Fact[] = [];
  const done: string[] = [];
  const run = new Run({
    ...{ turn: 't', clock, idleMs, say: (fact) => heard.push(fact) },
    ...{ cancel: () => done.push('cancel'), kill: () => done.push('kill'), over: () => done.push('over') },
  });
  const types = (): string[] => heard.map(({ type }) => type);
  return { clock, run, heard, types, done };
}

const ask = (run: Run) => run.permission({ ...request, options: [...request.options] }, never);

test('the silence of an agent does not count while a person is asked, also when it says something meanwhile', async () => {
  const { clock, run, done, types } = begun(1_000);
  const reply = ask(run);
  run.update({ sessionUpdate: 'tool_call_update', toolCallId: 'c', status: 'in_progress' });
  clock.advance(100_000);
  expect(done).toEqual([]);
  run.answer('t-ask-1', { decision: 'accept' });
  expect(await reply).toEqual({ outcome: { outcome: 'selected', optionId: 'yes' } });
  clock.advance(1_000);
  expect([done, types().at(-1)]).toEqual([['over', 'kill'], 'turn.failed']);
});

test('an interrupt answers what is asked at once and refuses what is asked later; a second one changes nothing', async () => {
  const { run, done, types } = begun();
  const reply = ask(run);
  run.interrupt();
  expect(await reply).toEqual({ outcome: { outcome: 'cancelled' } });
  run.interrupt();
  expect([done, types().at(-1)]).toEqual([['cancel'], 'ask.closed']);
  expect(await ask(run)).toEqual({ outcome: { outcome: 'cancelled' } });
  run.answered('end_turn');
  expect([done, types().at(-1)]).toEqual([['cancel', 'over'], 'turn.interrupted']);
});

test('a question that the agent takes back is closed', async () => {
  const { run, heard } = begun();
  const back = new AbortController();
  const reply = run.permission({ ...request, options: [...request.options] }, back.signal);
  back.abort();
  expect(await reply).toEqual({ outcome: { outcome: 'cancelled' } });
  expect([heard.at(-1), run.openAsks]).toEqual([{ type: 'ask.closed', ref: 't-ask-1' }, []]);
});

test('behind its end nothing of a turn comes any more', async () => {
  const { clock, run, types, done } = begun(1_000);
  run.answered('end_turn');
  run.update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'late' } });
  run.answered('end_turn');
  run.failed({ code: 'internal', message: 'late', retryable: false });
  run.interrupt();
  clock.advance(100_000);
  expect([types(), done, clock.waiting]).toEqual([['turn.completed'], ['over'], 0]);
  expect(await ask(run)).toEqual({ outcome: { outcome: 'cancelled' } });
});
