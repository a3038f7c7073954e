import { expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
import type { OpenThread } from '../../ports/agent.js';
import { silentLogger } from '../../ports/logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import type { Link } from './link.js';
import { openThread } from './opening.js';

const TOOL = { name: 'look_up', description: 'looks up', inputSchema: { type: 'object', properties: { key: { type: 'string' } } } };

/** What is asked of Codex when a thread is opened. `stale`: it does not know the thread (any more). */
async function asked(changes: Partial<OpenThread>, stale = false): Promise<{ method: string; tools: unknown }[]> {
  const calls: { method: string; tools: unknown }[] = [];
  const link = {
    version: '0.169.0',
    born: 0,
    home: '/home',
    request: (method: string, params: object) => {
      calls.push({ method, tools: Reflect.get(params, 'dynamicTools') });
      if (stale && method === 'thread/resume') {
        return Promise.reject(new SpoolError('runtime-failed', 'no rollout found for thread id t1', { details: { rpcCode: -32600 } }));
      }
      return Promise.resolve({ thread: { id: 't1', status: { type: 'idle' } }, model: 'm', reasoningEffort: null });
    },
  } as unknown as Link;
  const thread: OpenThread = {
    session: 'ses_1',
    home: '/home',
    cwd: '/work',
    model: undefined,
    effort: undefined,
    permissions: {},
    resume: undefined,
    hadTurns: false,
    unsettled: undefined,
    ...changes,
  };
  await openThread({ link, thread, route: () => undefined, clock: new ManualClock(), logger: silentLogger, signal: undefined });
  return calls;
}

test('tools go with the start of a thread, as functions', async () => {
  expect(await asked({ tools: [TOOL] })).toEqual([{ method: 'thread/start', tools: [{ type: 'function', ...TOOL }] }]);
  expect(await asked({})).toEqual([{ method: 'thread/start', tools: undefined }]);
  expect(await asked({ tools: [] })).toEqual([{ method: 'thread/start', tools: undefined }]);
});

test('a thread that is resumed has its tools already; one that takes the place of a lost one gets them anew', async () => {
  expect(await asked({ tools: [TOOL], resume: 't1', hadTurns: true })).toEqual([{ method: 'thread/resume', tools: undefined }]);
  expect(await asked({ tools: [TOOL], resume: 't1', hadTurns: true }, true)).toMatchObject([
    { method: 'thread/resume' },
    { method: 'thread/start', tools: [{ name: 'look_up' }] },
  ]);
});
