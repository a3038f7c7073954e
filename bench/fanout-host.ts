/**
 * A host whose agent says what a benchmark wants, as fast as the host takes it: real log, real host, real HTTP, in a process of its own.
 * Arguments: a folder for the log.
 */

import { systemClock } from '../src/base/clock.js';
import { Stack } from '../src/base/stack.js';
import type { Runtime } from '../src/contract/words.js';
import { startHttp } from '../src/doors/http/server.js';
import type { Host, Principal } from '../src/host/face.js';
import { createHost } from '../src/host/host.js';
import { memorySnapshots } from '../src/log/memory/memory-snapshots.js';
import { openSqliteLog } from '../src/log/sqlite/sqlite-log.js';
import { openSqliteSnapshots } from '../src/log/sqlite/sqlite-snapshots.js';
import { createHub } from '../src/network/hub.js';
import type { Agent, Fact } from '../src/ports/agent.js';
import { silentLogger } from '../src/ports/logger.js';
import { memoryOutsideAgents } from '../src/testing/outside-agents.js';
import { ScriptedAgent } from '../src/testing/scripted-agent.js';
import { memoryWebhookStore } from '../src/testing/webhook-store.js';
import { fixedAgents } from '../test/host/rig.js';
import { nowMs } from './stats.js';

/**
 * One turn with so many facts of `characters` each. `items`: whole messages. `apart`: deltas of two messages in alternation, which stay
 * apart. `deltas`: deltas of one message, which may be joined, said at
 * a fixed rate whatever the host does meanwhile, as a runtime would.
 */
export interface Feed {
  readonly kind: 'items' | 'apart' | 'deltas';
  readonly count: number;
  readonly characters: number;
}

export type FromFanoutHost =
  | { readonly type: 'ready'; readonly url: string; readonly session: string }
  /** The turn is over and durable: when the first fact was said, and the position of the last event. */
  | { readonly type: 'fed'; readonly began: number; readonly durable: number; readonly head: number };

const OWNER: Principal = { name: 'owner', role: 'owner' };
/** So many facts are said in one breath where the feed goes as fast as the host. */
const BURST = 64;
const DELTAS_PER_MS = 10;

async function openHost(directory: string): Promise<{ host: Host; agent: ScriptedAgent; url: string; stack: Stack }> {
  const stack = new Stack();
  const agent = new ScriptedAgent();
  const info = { alias: 'default', runtime: 'mock', codexHome: '/nowhere', online: true } as const;
  const log = stack.use(await openSqliteLog({ directory }));
  const host = stack.use(
    createHost({
      version: '0.0.0',
      home: directory,
      pid: process.pid,
      cwd: directory,
      log,
      snapshots: stack.use(await openSqliteSnapshots({ directory })),
      agents: fixedAgents({ get: (alias) => (alias === 'default' ? info : undefined), list: () => [info] }),
      runtimes: new Map<Runtime, Agent>([['mock', agent]]),
      clock: systemClock,
      logger: silentLogger,
    }),
  );
  const node = { id: 'hst_bench', name: 'bench', startedAt: new Date().toISOString() };
  const hub = stack.use(
    createHub({
      ...{ host, log, clock: systemClock, logger: silentLogger, node },
      ...{ snapshots: memorySnapshots(), outside: memoryOutsideAgents(), webhookStore: memoryWebhookStore() },
    }),
  );
  const server = stack.use(await startHttp({ host, hub, port: 0, bind: '127.0.0.1', auth: 'none' }));
  return { host, agent, url: server.url, stack };
}

/** Plays one turn and resolves when its end is durable. */
async function feed(
  host: Host,
  agent: ScriptedAgent,
  session: string,
  n: number,
  { kind, count, characters }: Feed,
): Promise<FromFanoutHost> {
  await host.requestTurn(session, { input: 'go', mode: 'auto' }, OWNER);
  const { turn } = (await agent.called('startTurn', n)).start;
  const { thread } = agent;
  const text = 'lorem ipsum dolor '.repeat(Math.ceil(characters / 18)).slice(0, characters);
  const began = nowMs();
  thread.say({ type: 'turn.started', turn, ref: `ref-${n}` });
  for (let index = 0; index < count; ) {
    const due = kind === 'deltas' ? Math.floor((nowMs() - began) * DELTAS_PER_MS) + 1 : index + BURST;
    for (; index < Math.min(count, due); index++) thread.say(factOf(kind, turn, `itm_${n}`, index, text));
    await new Promise(setImmediate);
  }
  thread.say({ type: 'turn.completed', turn, usage: null });
  const stop = new AbortController();
  let head = 0;
  for await (const record of host.follow({ session, after: (await host.head(session, OWNER)) - 1, signal: stop.signal }, OWNER)) {
    const end = record.events.find((event) => event.type === 'turn.completed');
    head = end?.position ?? 0;
    if (end !== undefined) break;
  }
  stop.abort();
  return { type: 'fed', began, durable: nowMs(), head };
}

function factOf(kind: Feed['kind'], turn: string, item: string, index: number, text: string): Fact {
  if (kind === 'items') return { type: 'item.completed', turn, item: { id: `${item}_${index}`, kind: 'agentMessage', text } };
  return { type: 'item.delta', turn, item: kind === 'apart' ? `${item}_${index % 2}` : item, kind: 'text', text };
}

async function run(directory: string): Promise<void> {
  const { host, agent, url, stack } = await openHost(directory);
  const { id } = await host.openSession({}, OWNER);
  let turns = 0;
  process.on('message', (message) => {
    feed(host, agent, id, ++turns, message as Feed).then(
      (fed) => process.send?.(fed),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => void stack[Symbol.asyncDispose]().then(() => process.exit(0)));
  process.send?.({ type: 'ready', url, session: id } satisfies FromFanoutHost);
}

const [, , directory] = process.argv;
if (directory !== undefined && process.send !== undefined) await run(directory);
