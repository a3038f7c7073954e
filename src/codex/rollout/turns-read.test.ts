/** What a rollout tells of turns: tokens, and what happened behind a place. What the real Codex writes is tried with the runtimes that read it. */

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sequelIn } from './sequel.js';
import { tokensIn } from './tokens.js';

const place = mkdtempSync(join(tmpdir(), 'spool-turns-read-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
let files = 0;

const event = (payload: object): string => `${JSON.stringify({ timestamp: '2026-01-01T00:00:00.000Z', type: 'event_msg', payload })}\n`;
const count = (total: number): string =>
  event({ type: 'token_count', info: { total_token_usage: { input_tokens: total, output_tokens: 1 }, model_context_window: 7 } });

function written(...lines: readonly string[]): string {
  const file = join(place, `${++files}.jsonl`);
  writeFileSync(file, lines.join(''));
  return file;
}

test('the last count counts, however far from the end it stands, and an entry without one is none', async () => {
  const long = event({ type: 'agent_message', message: 'x'.repeat(400_000) });
  const file = written(count(1), count(5), event({ type: 'token_count', info: null }), long, long, 'half of a "token_count"');
  const total = { inputTokens: 5, cachedInputTokens: 0, outputTokens: 1, reasoningTokens: 0, totalTokens: 6 };
  expect(await tokensIn(file)).toEqual({ total, contextWindow: 7 });
  expect(await tokensIn(written(long))).toBeUndefined();
  expect(await tokensIn(written())).toBeUndefined();
});

test('the turn behind a place is told in the words of older versions and of newer ones, to its end or as far as it came', async () => {
  const before = [event({ type: 'task_started' }), event({ type: 'user_message', message: 'old' }), event({ type: 'task_complete' })];
  const from = statSync(written(...before)).size;
  const older = [event({ type: 'user_message', message: 'q' }), event({ type: 'agent_message', message: 'a' })];
  const newer = [
    event({ type: 'item_completed', item: { type: 'UserMessage', content: [{ type: 'text', text: 'q' }] } }),
    event({ type: 'item_completed', item: { type: 'Reasoning', content: [] } }),
    event({ type: 'item_completed', item: { type: 'AgentMessage', content: [{ type: 'Text', text: 'a' }] } }),
  ];
  const begun = event({ type: 'task_started' });
  const told = { said: 'q', messages: ['a'] };
  for (const lines of [older, newer]) {
    expect(
      await sequelIn(written(...before, begun, ...lines, event({ type: 'task_complete' }), event({ type: 'turn_aborted' })), from),
    ).toEqual({
      ...told,
      end: 'completed',
    });
    expect(await sequelIn(written(...before, begun, ...lines, event({ type: 'turn_aborted' })), from)).toEqual({ ...told, end: 'aborted' });
    expect(await sequelIn(written(...before, begun, ...lines, '{"type":"event_msg","payload":{"type":"task_comp'), from)).toEqual({
      ...told,
      end: undefined,
    });
  }
  expect(await sequelIn(written(...before), from)).toBeUndefined();
});
