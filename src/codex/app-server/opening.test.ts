/** What is asked of Codex to open a thread, and what its refusals lead to. The real binary is driven in app-server.test.ts. */

import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
import type { OpenThread } from '../../ports/agent.js';
import { silentLogger } from '../../ports/logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import type { ClientRequests } from '../generated/methods.js';
import type { ClientMethod, Link } from './link.js';
import { openThread } from './opening.js';
import { TAKEN_WAIT_MS } from './taken.js';

const home = mkdtempSync(join(tmpdir(), 'spool-opening-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The lock of the thread `taken` is held by this very process. */
mkdirSync(join(home, 'thread-writer-locks'));
openSync(join(home, 'thread-writer-locks', 'taken.lock'), 'w');

interface Asked {
  readonly method: string;
  readonly params: unknown;
}

type Answer = (params: { readonly threadId?: string }) => object;

/** A connection that answers as a test says, with threads named after how they were made. */
class ScriptedLink implements Link {
  readonly born = 0;
  readonly home = home;
  readonly version: string;
  readonly asked: Asked[] = [];
  readonly answers: Record<string, Answer> = {
    'thread/start': () => opened('new'),
    'thread/fork': ({ threadId }) => opened(`copy of ${threadId}`),
    'thread/resume': ({ threadId }) => opened(threadId ?? ''),
  };

  constructor(version = '0.169.0') {
    this.version = version;
  }

  async request<M extends ClientMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    onResult?: (result: ClientRequests[M]['result']) => void,
  ): Promise<ClientRequests[M]['result']> {
    this.asked.push({ method, params });
    await Promise.resolve();
    const answer = this.answers[method];
    if (answer === undefined) throw refusal(`unknown variant ${method}`);
    const result = answer(params as { threadId?: string }) as ClientRequests[M]['result'];
    onResult?.(result);
    return result;
  }

  get methods(): string[] {
    return this.asked.map(({ method }) => method);
  }
}

function opened(id: string): object {
  return { thread: { id, status: { type: 'idle' } }, model: 'gpt-5.5', reasoningEffort: 'high' };
}

function refusal(message: string): SpoolError {
  return new SpoolError('runtime-failed', message);
}

const taken = (): never => {
  throw refusal('thread taken already has an active writer');
};

const stale = (): never => {
  throw refusal('no rollout found for thread id gone');
};

interface Tried {
  readonly link: ScriptedLink;
  readonly clock: ManualClock;
  readonly cancel: AbortController;
  readonly routed: string[];
  open(changes: Partial<OpenThread>): ReturnType<typeof openThread>;
}

function trying(version?: string): Tried {
  const link = new ScriptedLink(version);
  const clock = new ManualClock();
  const cancel = new AbortController();
  const routed: string[] = [];
  const plain: OpenThread = {
    ...{ session: 'ses_1', home, cwd: '/work', model: 'gpt-5.5', effort: 'low', permissions: { profile: ':workspace' } },
    ...{ resume: undefined, hadTurns: false, unsettled: undefined },
  };
  return {
    link,
    clock,
    cancel,
    routed,
    open: (changes) =>
      openThread({
        link,
        thread: { ...plain, ...changes },
        route: (id, how, defaults) => routed.push(`${how} ${id} ${defaults?.model ?? 'unknown'} ${defaults?.effort ?? 'unknown'}`),
        clock,
        logger: silentLogger,
        signal: cancel.signal,
      }),
  };
}

const OVERRIDES = { cwd: '/work', model: 'gpt-5.5', permissions: ':workspace', config: { model_reasoning_effort: 'low' } };

describe('a copy', () => {
  test('is made up to the turn, with the settings of the one that asks and not those of the configuration', async () => {
    const { link, open, routed } = trying();
    expect(await open({ fork: { thread: 'source', lastTurn: 'u2' } })).toEqual({ id: 'copy of source', opened: 'started', active: false });
    const params = { threadId: 'source', lastTurnId: 'u2', excludeTurns: true, ...OVERRIDES };
    expect(link.asked).toEqual([{ method: 'thread/fork', params }]);
    expect(routed).toEqual(['started copy of source gpt-5.5 high']);
  });

  test('that was never used and is gone is made again; one that was used is replaced', async () => {
    const again = trying();
    again.link.answers['thread/resume'] = stale;
    const fork = { thread: 'source', lastTurn: 'u2' };
    expect(await again.open({ resume: 'gone', fork })).toMatchObject({ id: 'copy of source', opened: 'started' });
    const used = trying();
    used.link.answers['thread/resume'] = stale;
    expect(await used.open({ resume: 'gone', hadTurns: true, fork })).toMatchObject({ id: 'new', opened: 'replaced' });
  });

  test('is made by versions that copy only the whole when the turn is the last one, and refused otherwise', async () => {
    const whole = trying('0.138.0');
    whole.link.answers['thread/turns/list'] = () => ({ data: [{ id: 'u2' }], nextCursor: null });
    await whole.open({ fork: { thread: 'source', lastTurn: 'u2' } });
    expect(whole.link.asked.at(-1)).toEqual({ method: 'thread/fork', params: { threadId: 'source', excludeTurns: true, ...OVERRIDES } });
    const part = trying('0.138.0');
    part.link.answers['thread/turns/list'] = () => ({ data: [{ id: 'u3' }], nextCursor: null });
    await expect(part.open({ fork: { thread: 'source', lastTurn: 'u2' } })).rejects.toMatchObject({ code: 'unsupported' });
    expect(part.link.methods).toEqual(['thread/turns/list']);
    const any = trying('0.138.0');
    await any.open({ fork: { thread: 'source', lastTurn: undefined } });
    expect(any.link.methods).toEqual(['thread/fork']);
  });
});

describe('a conversation that another process has open', () => {
  test('is refused, saying which process', async () => {
    const { link, open, routed } = trying();
    link.answers['thread/resume'] = taken;
    const failure: unknown = await open({ resume: 'taken', hadTurns: true }).catch((error: unknown) => error);
    const who = process.platform === 'linux' ? `process ${process.pid} \\(.+\\)` : 'another process \\(this system does not tell which\\)';
    expect(failure).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(new RegExp(`^the conversation is open in ${who}$`)),
      hint: expect.stringContaining('whenTaken'),
    });
    expect([link.methods, routed]).toEqual([['thread/resume'], []]);
  });

  test('is refused also where the process cannot be seen', async () => {
    const { link, open } = trying();
    link.answers['thread/resume'] = taken;
    await expect(open({ resume: 'unseen', hadTurns: true })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('another process'),
    });
  });

  test('is waited for until it is free', async () => {
    const { link, clock, open, routed } = trying();
    let tries = 0;
    link.answers['thread/resume'] = () => {
      tries += 1;
      return tries < 4 ? taken() : opened('taken');
    };
    const opening = open({ resume: 'taken', hadTurns: true, whenTaken: 'wait' });
    expect(await clock.passUntil(opening)).toEqual({ id: 'taken', opened: 'resumed', active: false });
    expect([tries, routed]).toEqual([4, ['resumed taken unknown unknown']]);
  });

  test('is not waited for without end', async () => {
    const { link, clock, open } = trying();
    link.answers['thread/resume'] = taken;
    const began = clock.now();
    let over = false;
    const failure = open({ resume: 'taken', hadTurns: true, whenTaken: 'wait' }).catch((error: unknown) => {
      over = true;
      return error;
    });
    while (!over) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(clock.now() - began).toBeGreaterThanOrEqual(TAKEN_WAIT_MS);
    expect(await failure).toMatchObject({ code: 'conflict', message: expect.stringContaining('the conversation is open in') });
  });

  test('is no longer waited for once that is cancelled', async () => {
    const { link, clock, cancel, open } = trying();
    link.answers['thread/resume'] = taken;
    const opening = open({ resume: 'taken', hadTurns: true, whenTaken: 'wait' });
    await clock.armed();
    cancel.abort();
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
    expect(clock.waiting).toBe(0);
  });

  test('goes on in a copy, which is never silent about being one', async () => {
    const { link, open, routed } = trying();
    link.answers['thread/resume'] = taken;
    expect(await open({ resume: 'taken', hadTurns: true, whenTaken: 'fork' })).toMatchObject({ id: 'copy of taken', opened: 'forked' });
    expect([link.methods, routed]).toEqual([['thread/resume', 'thread/fork'], ['forked copy of taken gpt-5.5 high']]);
  });
});

describe('a conversation whose model is asked with another login now', () => {
  const gateway = { url: 'http://127.0.0.1:20000/model/v1', token: 'spool_main_x' };

  test.each([
    [
      'to the gateway',
      { gateway },
      "failed to load configuration: Cannot change this thread's model provider from `openai` to `spool` on resume.",
    ],
    [
      'away from it',
      {},
      'This chat uses model provider “spool”, which is no longer configured. Restore this provider’s configuration to continue.',
    ],
    ['away from it, in older versions', {}, 'failed to load configuration: Model provider `spool` not found'],
  ])('goes on in a copy: %s', async (_name, setup, message) => {
    const { link, open, routed } = trying();
    link.answers['thread/resume'] = () => {
      throw refusal(message);
    };
    expect(await open({ resume: 'old', hadTurns: true, setup })).toMatchObject({ id: 'copy of old', opened: 'moved' });
    expect(routed).toEqual(['moved copy of old gpt-5.5 high']);
    const asked = link.asked.at(-1)?.params as { readonly modelProvider?: string } | undefined;
    expect(asked?.modelProvider).toBe('gateway' in setup ? 'spool' : undefined);
  });

  test('is told as it is where the home itself lacks a provider', async () => {
    const { link, open } = trying();
    link.answers['thread/resume'] = () => {
      throw refusal('failed to load configuration: Model provider `mine` not found');
    };
    await expect(open({ resume: 'old', hadTurns: true })).rejects.toMatchObject({ code: 'runtime-failed' });
  });
});
