/** Recorded streams of the real thing, as the facts that they mean. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { playedTalk, startOf } from '../../../test/support/played-mcp.js';
import type { Fact } from '../../ports/agent.js';
import type { Fields } from '../rollout/entry.js';

/** A fact as one line. */
function line(fact: Fact): string {
  switch (fact.type) {
    case 'item.started':
    case 'item.completed':
      return [fact.type, fact.turn, fact.item.kind, ...('status' in fact.item ? [fact.item.status] : [])].join(' ');
    case 'item.delta':
      return `${fact.type} ${fact.turn} ${fact.kind} ${JSON.stringify(fact.text)}`;
    default:
      return 'turn' in fact && fact.turn !== undefined ? `${fact.type} ${fact.turn}` : fact.type;
  }
}

type Recorded = {
  readonly call?: number;
  readonly prompt?: string;
  readonly event?: Fields & { readonly _meta: { readonly requestId: number }; readonly id: string; readonly msg: Fields };
  readonly question?: Fields;
  readonly id?: number;
  readonly answer?: number;
  readonly answered?: number;
  readonly isError?: boolean;
  readonly text?: string;
};

/** Plays a recording back: the calls are made by the conversation, everything else comes as it came. */
async function playback(version: string): Promise<readonly Fact[]> {
  const file = fileURLToPath(new URL(`../../../test/fixtures/codex-mcp-${version}.jsonl`, import.meta.url));
  const steps = readFileSync(file, 'utf8').trim().split('\n');
  const { server, conversation, ear } = playedTalk(2);
  const asked: Promise<Fields>[] = [];
  let turns = 0;
  for (const step of steps.map((text) => JSON.parse(text) as Recorded)) {
    if (step.call !== undefined) {
      const turn = `trn_${step.call}`;
      if (turns++ > 0) await ear.ended(`trn_${step.call - 1}`);
      conversation.start(startOf(turn, step.prompt ?? '')).catch(() => undefined);
      await server.called(turns);
    } else if (step.event !== undefined) conversation.hear(step.event._meta.requestId, step.event.id, step.event.msg);
    else if (step.question !== undefined) asked.push(conversation.ask(step.question, String(step.id)));
    else if (step.answer !== undefined) {
      const { ref } = await ear.until('ask');
      conversation.answer(ref, { decision: 'accept' });
    } else if (step.answered !== undefined) server.answer(step.answered, { text: step.text ?? '', isError: step.isError === true });
  }
  await ear.ended('trn_5');
  expect(await Promise.all(asked)).toEqual([{ decision: 'approved' }]);
  return ear.heard;
}

describe.each(['0.138.0', '0.130.0'])('what Codex %s was recorded to say', (version) => {
  test('comes out as the facts of its turns, in order, with nothing left over', async () => {
    const facts = await playback(version);
    const lines = facts.map(line);
    const of = (turn: string): string[] => lines.filter((text) => text.includes(turn) && !text.includes('userMessage'));
    expect(facts.flatMap((fact) => (fact.type === 'raw' ? [fact.method] : []))).toEqual(['codex/event/session_configured']);
    expect(of('trn_2').filter((text) => !text.startsWith('usage') && !text.includes('fileChange') && !text.includes('command'))).toEqual([
      'turn.started trn_2',
      'raw trn_2',
      'item.started trn_2 reasoning',
      'item.delta trn_2 reasoning "thinking"',
      'item.completed trn_2 reasoning',
      'item.started trn_2 agentMessage',
      'item.delta trn_2 text "before"',
      'item.completed trn_2 agentMessage',
      'plan trn_2',
      ...(of('trn_2')
        .filter((text) => text.includes(' output '))
        .map((text) => text) ?? []),
      'diff trn_2',
      'item.started trn_2 toolCall inProgress',
      'item.completed trn_2 toolCall completed',
      'item.started trn_2 agentMessage',
      'item.delta trn_2 text "1 "',
      'item.delta trn_2 text "2 "',
      'turn.retrying trn_2',
      'item.started trn_2 agentMessage',
      'item.delta trn_2 text "after"',
      'item.completed trn_2 agentMessage',
      'turn.completed trn_2',
    ]);
    expect(
      of('trn_2')
        .filter((text) => text.includes('fileChange') || /item\.\w+ trn_2 command/.test(text))
        .toSorted(),
    ).toEqual([
      'item.completed trn_2 command failed',
      'item.completed trn_2 fileChange completed',
      'item.started trn_2 command inProgress',
      'item.started trn_2 fileChange inProgress',
    ]);
    expect(lines.slice(lines.indexOf('ask trn_3') - 1, lines.indexOf('ask trn_3') + 3)).toEqual([
      ...['item.started trn_3 command inProgress', 'ask trn_3', 'ask.closed', 'item.completed trn_3 command completed'],
    ]);
    expect(of('trn_4').at(-1)).toBe('turn.interrupted trn_4');
    // The call of the interrupted turn listens on, and both of them speak.
    expect(of('trn_5')).toEqual(['turn.started trn_5', 'turn.failed trn_5']);
  });

  test('has the texts, results and counts of the turn', async () => {
    const facts = await playback(version);
    const items = facts.flatMap((fact) => (fact.type === 'item.completed' ? [fact.item] : []));
    expect(items.find(({ kind }) => kind === 'command')).toMatchObject({
      ...{ command: "/bin/bash -lc 'echo one; sleep 1; echo two; exit 3'", cwd: '/place/work' },
      ...{ exitCode: 3, output: 'one\ntwo\n', status: 'failed' },
    });
    expect(items.find(({ kind }) => kind === 'fileChange')).toMatchObject({
      changes: [{ path: '/place/work/a.txt', kind: 'add', diff: 'one\n' }],
    });
    expect(items.find(({ kind }) => kind === 'toolCall')).toMatchObject({
      ...{ server: 'notes', tool: 'note', arguments: { text: 'hey' } },
      result: { content: [{ type: 'text', text: 'noted hey' }] },
    });
    const counts = facts.flatMap((fact) => (fact.type === 'usage' && fact.turn === 'trn_2' ? [fact.total.totalTokens] : []));
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(facts.find((fact) => fact.type === 'turn.completed' && fact.turn === 'trn_3')).toMatchObject({ usage: { totalTokens: 240 } });
    expect(facts.find((fact) => fact.type === 'ask')).toMatchObject({
      ask: { command: "/bin/bash -lc 'touch /place/outside'", reason: 'May I run this outside the sandbox?', cwd: '/place/work' },
    });
    expect(facts.find((fact) => fact.type === 'turn.retrying')).toMatchObject({
      message: expect.stringMatching(/^Reconnecting\.\.\. 1\/2: stream/),
    });
  });
});
