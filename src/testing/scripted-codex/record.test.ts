import { mkdir } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { codexBinary } from '../codex-binary.js';
import { prepareOfflineHome } from '../offline-model/home.js';
import { startOfflineModel } from '../offline-model/server.js';
import { type PlayedTurn, StdioCodex } from '../stdio-codex.js';
import { tempHome } from '../temp-home.js';
import { installScriptedCodex } from './install.js';
import { recordScript } from './record.js';
import type { CodexStep } from './steps.js';

const PROMPTS = ['say hello', '[[sh!:echo hi]] [[text:done]]', '[[http:429]]'];

async function story(binary: string, env: Record<string, string>, cwd: string): Promise<{ turns: PlayedTurn[]; tap: string[] }> {
  await using codex = await new StdioCodex(binary, env).initialize();
  const turns: PlayedTurn[] = [];
  const thread = await codex.thread(cwd);
  for (const prompt of PROMPTS) turns.push(await codex.turn(thread, prompt));
  return { turns, tap: codex.tap };
}

function gist(turn: PlayedTurn): unknown {
  return [turn.status, turn.error, turn.deltas, turn.asked, turn.items.map((item) => [item.type, item['text'], item['aggregatedOutput']])];
}

// Each side's own order is the story's; how the two interleave on a tap is the scheduler's.
function bySide(steps: readonly CodexStep[]): readonly CodexStep[][] {
  const heard = (step: CodexStep): boolean => step.do === 'expect' || step.do === 'wait';
  return [steps.filter(heard), steps.filter((step) => !heard(step))];
}

test('a recorded run of the real Codex plays again as the same story', async () => {
  await using home = await tempHome();
  await using model = await startOfflineModel();
  await mkdir(home.join('work'));
  const codexHome = await prepareOfflineHome(home.join('codex'), model);
  const real = await story(codexBinary(), { PATH: '/usr/bin:/bin', HOME: codexHome, CODEX_HOME: codexHome }, home.join('work'));

  const replace = { [home.path]: '/run' };
  const script = recordScript(real.tap, { replace });
  const scripted = await story(await installScriptedCodex(home.join('scripted'), script), {}, home.join('work'));

  expect(real.turns.map((turn) => turn.status)).toEqual(['completed', 'completed', 'failed']);
  expect(scripted.turns.map(gist)).toEqual(real.turns.map(gist));
  expect(bySide(recordScript(scripted.tap, { replace }))).toEqual(bySide(script));
  expect(JSON.stringify(script)).not.toContain(home.path);
});

test('answers find their requests when they came in another order', () => {
  expect(
    recordScript(['-> {"id":1,"method":"m"}', '-> {"id":2,"method":"m"}', '<- {"id":2,"result":"b"}', '<- {"id":1,"error":{"code":1}}']),
  ).toEqual([
    { do: 'expect', method: 'm' },
    { do: 'expect', method: 'm' },
    { do: 'reply', to: 'm', nth: 1, result: 'b' },
    { do: 'reply', to: 'm', error: { code: 1 } },
  ]);
});

test('ids and times become steady, and what the client chose becomes a placeholder', () => {
  const id = '01a1fb3d-661c-7181-9fc8-d2aaf7016ab9';
  const [, emitted] = recordScript([
    '-> {"id":1,"method":"turn/start","params":{"threadId":"x","clientUserMessageId":"trn_0123456789"}}',
    `<- {"method":"n","params":{"id":"${id}","path":"/s/2026/11/20/rollout-2026-11-20T23-14-27-${id}.jsonl","clientId":"trn_0123456789","item":"call_9_0"},"emittedAtMs":17952}`,
  ]);
  const steady = '00000000-0000-7000-8000-000000000001';
  expect(emitted).toEqual({
    do: 'emit',
    frame: {
      method: 'n',
      params: {
        id: steady,
        path: `/s/2026/01/01/rollout-2026-01-01T00-00-00-${steady}.jsonl`,
        clientId: '{{turn/start.params.clientUserMessageId}}',
        item: 'call_2',
      },
      emittedAtMs: 0,
    },
  });
});
