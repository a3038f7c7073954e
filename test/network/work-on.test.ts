/** `workOn` against a real server, over a wire that loses what it is told to lose. */

import { describe, expect, test } from 'vitest';
import { type Client, connect, type SpoolError, TaskFailure, type TaskHandler, type WorkOptions, workOn } from '../../src/client/index.js';
import type { Task, TaskSettings } from '../../src/contract/task.js';
import { type House, house } from '../doors/house.js';
import { OWNER } from '../host/rig.js';
import { SCOUT } from './outside-stage.js';
import { nthEvent as nthTaskEvent, becomes as taskBecomes } from './stage.js';

type Fetch = typeof globalThis.fetch;
/** Sees each call of the agent; may answer in the host's place, or lose what the host says. */
type Wire = (call: { readonly path: string; readonly body: Record<string, unknown> }, go: () => Promise<Response>) => Promise<Response>;

interface Working extends AsyncDisposable {
  readonly at: House;
  readonly client: Client;
  readonly errors: SpoolError[];
  /** Begins to work; the promise is that of `workOn`. */
  start(handler: TaskHandler, options?: Partial<WorkOptions>): Promise<void>;
  send(input: string, more?: object): Promise<Task>;
  becomes(task: string, status: Task['status']): Promise<Task>;
  /** Ends what was started. */
  stop(): Promise<void>;
}

async function working(settings: TaskSettings = {}, wire?: Wire): Promise<Working> {
  const at: House = await house({ principals: (token) => at.hub.principalOf(token) });
  const { token } = await at.hub.admitOutsideAgent({ alias: 'scout', tasks: settings }, OWNER);
  const errors: SpoolError[] = [];
  const stopping = new AbortController();
  const started: Promise<void>[] = [];
  const fetch: Fetch = (input, init) => {
    const go = (): Promise<Response> => globalThis.fetch(input, init);
    const body = typeof init?.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    return wire === undefined ? go() : wire({ path: new URL(String(input)).pathname, body }, go);
  };
  const client = connect({ url: at.server.url, token, fetch });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.allSettled(started);
  };
  return {
    ...{ at, client, errors, stop },
    start(handler, options) {
      const work = workOn(client, {
        ...{ handler, graceSeconds: 0, signal: stopping.signal, backoff: { firstMs: 5, maxMs: 20 } },
        onError: (error) => void errors.push(error),
        ...options,
      });
      started.push(work);
      return work;
    },
    send: (input, more = {}) => at.hub.sendTask({ to: 'scout', input, ...more }, OWNER),
    becomes: (task, status) => taskBecomes(at.hub, task, status),
    async [Symbol.asyncDispose]() {
      await stop();
      await at[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when `open` is called, once for all. */
function gate(): { open: () => void; opened: Promise<void> } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    if (signal.aborted) reject(signal.reason as Error);
  });

const lost = (): never => {
  throw new TypeError('fetch failed');
};

describe('Working on tasks', () => {
  test('replies with what the handler returns, one task after the other', async () => {
    await using w = await working();
    const order: unknown[] = [];
    const sent = [await w.send('one'), await w.send('two')];
    void w.start(async (task) => {
      order.push(task.input);
      await Promise.resolve();
      return `${String(task.input)} is done`;
    });
    for (const { id, input } of sent)
      expect(await w.becomes(id, 'replied')).toMatchObject({ reply: `${String(input)} is done`, attempts: 1 });
    expect(order).toEqual(['one', 'two']);
    expect(w.errors).toEqual([]);
  });

  test('takes as many at once as it is told to', async () => {
    await using w = await working({ atOnce: 3 });
    let running = 0;
    let most = 0;
    const both = gate();
    void w.start(
      async () => {
        running += 1;
        most = Math.max(most, running);
        if (running === 2) both.open();
        await both.opened;
        running -= 1;
        return undefined;
      },
      { concurrency: 2 },
    );
    const sent = [await w.send('one'), await w.send('two'), await w.send('three'), await w.send('four')];
    for (const { id } of sent) expect(await w.becomes(id, 'replied')).toMatchObject({ reply: '' });
    expect(most).toBe(2);
  });

  test('fails with what the handler throws; where that may pass, it is tried again', async () => {
    await using w = await working();
    void w.start((task) => {
      if (task.input === 'never') throw new Error('there is no such file');
      if (task.attempts === 1) throw new TaskFailure('no connection', { retryable: true });
      return 'there it is';
    });
    const [never, again] = [await w.send('never'), await w.send('again')];
    expect(await w.becomes(never.id, 'failed')).toMatchObject({ error: { code: 'reported', message: 'there is no such file' } });
    expect(await w.becomes(again.id, 'replied')).toMatchObject({ reply: 'there it is', attempts: 2 });
  });

  test('tells how it goes, what must not be done twice, and sends tasks of its own', async () => {
    await using w = await working();
    void w.start(async (_, hand) => {
      await hand.progress('half of it');
      await hand.effect('the mail is out');
      const asked = await hand.send({ to: 'person', input: 'red or blue?' });
      return (await w.client.tasks.wait(asked.id)).reply;
    });
    const { id } = await w.send('x');
    expect((await nthTaskEvent(w.at.hub, id, 'task.progressed')).data).toMatchObject({ text: 'half of it', by: 'scout' });
    const { data } = await nthTaskEvent(w.at.hub, id, 'task.waiting');
    expect(data).toMatchObject({ for: 'person', reason: 'red or blue?' });
    expect(await w.at.hub.task(data.id ?? '', OWNER)).toMatchObject({ parent: id, from: 'scout' });
    await w.at.hub.replyTask(data.id ?? '', { text: 'blue' }, OWNER);
    expect(await w.becomes(id, 'replied')).toMatchObject({ reply: 'blue' });
  });

  test('keeps the lease alive for as long as the handler works', async () => {
    await using w = await working();
    const { id } = await w.send('x');
    void w.start(
      async () => {
        // Four signs take longer than the lease.
        await nthTaskEvent(w.at.hub, id, 'task.progressed', 4);
        return 'at last';
      },
      { leaseSeconds: 4 },
    );
    expect(await w.becomes(id, 'replied')).toMatchObject({ reply: 'at last', attempts: 1 });
  });

  test('ends with what waiting cannot mend: a token that is worth nothing any more', async () => {
    await using w = await working();
    const begun = gate();
    const work = w.start(async (_, { signal }) => {
      begun.open();
      return await aborted(signal);
    });
    const { id } = await w.send('x');
    await begun.opened;
    await w.at.hub.dismissOutsideAgent('scout', OWNER);
    await expect(work).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await w.at.hub.task(id, OWNER)).toMatchObject({ status: 'queued' });
  });

  test('tells whoever waits when a reply is too long to be taken', async () => {
    await using w = await working();
    void w.start(() => 'x'.repeat(1_100_000));
    const { id } = await w.send('x');
    expect(await w.becomes(id, 'failed')).toMatchObject({
      error: { code: 'reported', message: expect.stringContaining('its reply was not taken') as string },
    });
  });
});

describe('A result that is wanted no more', () => {
  test('because the task was called off aborts the handler at once, and work goes on', async () => {
    await using w = await working();
    const begun = gate();
    // The next sign of life would be twenty minutes away: it is the task's own history that tells.
    void w.start(
      async (task, { signal }) => {
        if (task.input === 'next') return 'done';
        begun.open();
        return await aborted(signal);
      },
      { leaseSeconds: 3600 },
    );
    const { id } = await w.send('x');
    await begun.opened;
    await w.at.hub.cancelTask(id, {}, OWNER);
    const next = await w.send('next');
    expect(await w.becomes(next.id, 'replied')).toMatchObject({ reply: 'done' });
    expect(await w.at.hub.task(id, OWNER)).toMatchObject({ status: 'cancelled' });
    expect(w.errors).toEqual([]);
  });

  test('because the lease ran out unheard of still counts as long as nobody has begun anew', async () => {
    // Nothing that keeps the lease alive comes through.
    const wire: Wire = ({ path }, go) => (/\/(?:progress|events)$/.test(path) ? lost() : go());
    let told: unknown;
    await using w = await working({}, wire);
    const { id } = await w.send('x', { attempts: 3 });
    void w.start(
      async (task, { signal }) => {
        signal.addEventListener('abort', () => (told = signal.reason));
        await taskBecomes(w.at.hub, id, 'queued');
        return `late in attempt ${task.attempts}`;
      },
      { leaseSeconds: 1 },
    );
    expect(await w.becomes(id, 'replied')).toMatchObject({ reply: 'late in attempt 1', attempts: 1 });
    expect(told).toBeUndefined();
  });

  test('because another has begun anew is not taken, and the handler is told', async () => {
    await using w = await working({ atOnce: 1 });
    const lostIt = gate();
    let reason: unknown;
    void w.start(
      async (_, { signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          lostIt.open();
        });
        await lostIt.opened;
        return 'too late';
      },
      { leaseSeconds: 3600 },
    );
    const { id } = await w.send('x');
    await w.becomes(id, 'leased');
    // Somebody else of the same name gives it back, and takes it.
    const other = w.at.hub.leaseTask({ waitSeconds: 30 }, SCOUT);
    await w.at.hub.failTask(id, { message: 'mine', handBack: true, attempt: 1 }, SCOUT);
    expect((await other).task).toMatchObject({ id, attempts: 2 });
    await lostIt.opened;
    expect(reason).toMatchObject({ code: 'conflict', message: expect.stringContaining('is lost') as string });
    await w.at.hub.replyTask(id, { text: 'in time', attempt: 2 }, SCOUT);
    expect(await w.at.hub.task(id, OWNER)).toMatchObject({ reply: 'in time' });
  });
});

describe('A wire that loses things', () => {
  test('loses no reply: it is said again under the same name until it is taken', async () => {
    const names: unknown[] = [];
    const wire: Wire = async ({ path, body }, go) => {
      if (!path.endsWith('/reply')) return await go();
      names.push(body['commandId']);
      if (names.length === 1) return new Response('{}', { status: 503 });
      if (names.length === 2) return lost();
      const answer = await go();
      // Taken, and nobody hears of it.
      return names.length === 3 ? lost() : answer;
    };
    await using w = await working({}, wire);
    void w.start((task) => `${String(task.input)} is done`);
    const [one, two] = [await w.send('one'), await w.send('two')];
    expect(await w.becomes(two.id, 'replied')).toMatchObject({ reply: 'two is done' });
    expect(await w.at.hub.task(one.id, OWNER)).toMatchObject({ status: 'replied', reply: 'one is done', attempts: 1 });
    expect(new Set(names.slice(0, 4)).size).toBe(1);
    expect(w.errors.map(({ code }) => code)).toEqual(['unavailable', 'unavailable', 'unavailable']);
  });

  test('loses no task: the repeat of a lease gets the one that was given', async () => {
    let answers = 0;
    const wire: Wire = async ({ path }, go) => {
      const answer = await go();
      return path.endsWith('/lease') && ++answers <= 2 ? lost() : answer;
    };
    await using w = await working({}, wire);
    const { id } = await w.send('x');
    void w.start(() => 'done', { leaseSeconds: 3600 });
    expect(await w.becomes(id, 'replied')).toMatchObject({ attempts: 1 });
    expect((await w.at.hub.events(id, { after: 0, limit: 10 }, OWNER)).events.map(({ type }) => type)).toEqual([
      'task.sent',
      'task.leased',
      'task.replied',
    ]);
  });

  test('records an effect before it is said to be recorded, and once', async () => {
    let answers = 0;
    const wire: Wire = async ({ path, body }, go) => {
      if (body['effect'] !== true || !path.endsWith('/progress')) return await go();
      answers += 1;
      if (answers === 1) return lost();
      const answer = await go();
      return answers === 2 ? lost() : answer;
    };
    await using w = await working({}, wire);
    const { id } = await w.send('x');
    let known: number | undefined;
    void w.start(async (_, hand) => {
      await hand.effect('the mail is out');
      const { events } = await w.at.hub.events(id, { after: 0, limit: 100 }, OWNER);
      known = events.filter(({ type, data }) => type === 'task.progressed' && 'effect' in data && data.effect === true).length;
      throw new TaskFailure('and then the line broke', { retryable: true });
    });
    expect(await w.becomes(id, 'waiting')).toMatchObject({ waiting: { for: 'decision', effects: ['what the agent has reported'] } });
    expect(known).toBe(1);
  });
});

describe('Ending the work', () => {
  test('while it waits for a task ends at once, and leaves nobody behind who would be given one', async () => {
    const asked = gate();
    const wire: Wire = ({ path }, go) => {
      const answer = go();
      if (path.endsWith('/lease')) asked.open();
      return answer;
    };
    await using w = await working({}, wire);
    const work = w.start(() => 'done');
    await asked.opened;
    await w.stop();
    await work;
    const { id } = await w.send('x');
    expect((await w.at.hub.leaseTask({}, SCOUT)).task).toMatchObject({ id });
  });

  test('gives back a task that was on its way just then', async () => {
    const stopping = new AbortController();
    const wire: Wire = async ({ path, body }, go) => {
      const answer = await go();
      if (path.endsWith('/lease') && body['waitSeconds'] !== 0) {
        stopping.abort();
        return lost();
      }
      return answer;
    };
    await using w = await working({}, wire);
    const { id } = await w.send('x', { attempts: 1 });
    await w.start(() => 'done', { signal: stopping.signal, leaseSeconds: 3600 });
    expect(await w.at.hub.task(id, OWNER)).toMatchObject({ status: 'queued', attemptsLeft: 1 });
  });

  test('gives back what its handler leaves, and brings home what it finishes', async () => {
    await using w = await working({ atOnce: 2 });
    const both = gate();
    let begun = 0;
    const work = w.start(
      async (task, { signal }) => {
        begun += 1;
        if (begun === 2) both.open();
        await aborted(signal).catch((reason: unknown) => {
          if (task.input === 'leaves') throw reason;
        });
        return 'finished';
      },
      { concurrency: 2, leaseSeconds: 3600 },
    );
    const [leaves, finishes] = [await w.send('leaves', { attempts: 1 }), await w.send('finishes')];
    await both.opened;
    await w.stop();
    await work;
    expect(await w.at.hub.task(leaves.id, OWNER)).toMatchObject({ status: 'queued', attemptsLeft: 1 });
    expect(await w.at.hub.task(finishes.id, OWNER)).toMatchObject({ status: 'replied', reply: 'finished' });
  });

  test('lets what is at hand go on for the time that it was given', async () => {
    await using w = await working();
    const begun = gate();
    const finish = gate();
    const work = w.start(
      async (_, { signal }) => {
        begun.open();
        await Promise.race([finish.opened, aborted(signal)]);
        return 'finished in peace';
      },
      { graceSeconds: 600, leaseSeconds: 3600 },
    );
    const { id } = await w.send('x');
    await begun.opened;
    const stopped = w.stop();
    // Time enough to be told, if there were no grace.
    await w.client.tasks.get(id);
    finish.open();
    await stopped;
    await work;
    expect(await w.at.hub.task(id, OWNER)).toMatchObject({ status: 'replied', reply: 'finished in peace' });
  });
});
