/** A host over a memory log and a scripted agent, with helpers that wait for facts. */

import { tmpdir } from 'node:os';
import type { Clock } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/clock.js';
import { parseEvent } from '../../src/contract/event-text.js';
import type { Event, EventType } from '../../src/contract/events.js';
import type { AgentInfo } from '../../src/contract/host.js';
import type { Runtime } from '../../src/contract/words.js';
import type { Host, Principal } from '../../src/host/face.js';
import { createHost, type HostParts } from '../../src/host/host.js';
import type { OnReview } from '../../src/host/review-desk.js';
import type { ToolSource } from '../../src/host/tools/tool-source.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import type { Hub } from '../../src/network/face.js';
import { createHub } from '../../src/network/hub.js';
import type { Agent } from '../../src/ports/agent.js';
import type { AgentDirectory } from '../../src/ports/agents.js';
import type { Log } from '../../src/ports/log.js';
import { type Logger, silentLogger } from '../../src/ports/logger.js';
import type { OutsideDirectory } from '../../src/ports/outside-agents.js';
import type { Snapshots } from '../../src/ports/snapshots.js';
import type { WebhookStore } from '../../src/ports/webhook-store.js';
import { memoryOutsideAgents } from '../../src/testing/outside-agents.js';
import { type AgentScript, ScriptedAgent } from '../../src/testing/scripted-agent.js';
import { memoryWebhookStore } from '../../src/testing/webhook-store.js';

/** The agent that runs the script. */
export const MOCK: AgentInfo = { alias: 'default', runtime: 'mock', codexHome: '/nowhere', online: true };

export const OWNER: Principal = { name: 'owner', role: 'owner' };

export interface Rig extends AsyncDisposable {
  readonly host: Host;
  readonly agent: ScriptedAgent;
  readonly log: Log;
  readonly snapshots: Snapshots;
  readonly hub: Hub;
  /** Resolves with the n-th event of this type of the session, waiting for it if need be. */
  event<T extends EventType>(session: string, type: T, n?: number): Promise<Event<T>>;
  types(session: string): Promise<string[]>;
}

export interface RigOptions {
  readonly script?: AgentScript;
  readonly log?: Log;
  readonly snapshots?: Snapshots;
  /** Those of tasks. */
  readonly tasks?: Snapshots;
  readonly outside?: OutsideDirectory;
  readonly webhookStore?: WebhookStore;
  readonly clock?: Clock;
  /** Default: `default`, which runs the script and has no rules of its own. */
  readonly agents?: AgentDirectory;
  readonly sleepAfterMs?: number;
  readonly logger?: Logger;
  readonly onReview?: OnReview;
  readonly tools?: readonly ToolSource[];
  readonly runtimeOff?: HostParts['runtimeOff'];
}

/** Agents that a test has in its hands; they cannot be changed by commands. */
export function fixedAgents(agents: Pick<AgentDirectory, 'get' | 'list'> & Partial<AgentDirectory>): AgentDirectory {
  const refuse = (): Promise<never> => Promise.reject(new Error('the agents of this test are fixed'));
  return { create: refuse, update: refuse, remove: refuse, prepare: () => Promise.resolve({}), ...agents };
}

export function rig(options: RigOptions = {}): Rig {
  const agent = new ScriptedAgent(options.script);
  const log = options.log ?? memoryLog();
  const snapshots = options.snapshots ?? memorySnapshots();
  const tasks = memorySnapshots();
  const outside = memoryOutsideAgents();
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const host = createHost({
    version: '0.0.0',
    home: '/nowhere',
    pid: 1,
    cwd: tmpdir(),
    log,
    snapshots,
    agents: options.agents ?? fixedAgents({ get: (alias) => (alias === 'default' ? MOCK : undefined), list: () => [MOCK] }),
    runtimes: new Map<Runtime, Agent>([['mock', agent]]),
    clock,
    logger,
    retire: () => hub[Symbol.asyncDispose](),
    onReview: options.onReview,
    tools: options.tools,
    runtimeOff: options.runtimeOff,
    ...(options.sleepAfterMs === undefined ? {} : { sleepAfterMs: options.sleepAfterMs }),
  });
  const node = { id: 'hst_test', name: 'test', startedAt: '2026-01-01T00:00:00.000Z' };
  const hub = createHub({
    ...{ host, log, clock, logger, node },
    snapshots: options.tasks ?? tasks,
    outside: options.outside ?? outside,
    webhookStore: options.webhookStore ?? memoryWebhookStore(),
  });
  return {
    host,
    hub,
    agent,
    log,
    snapshots,
    event: (session, type, n = 1) => nthEvent(host, session, type, n),
    types: async (session) => (await host.events(session, { after: 0, limit: 10_000 }, OWNER)).events.map((event) => event.type),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

async function nthEvent<T extends EventType>(host: Host, session: string, type: T, n: number): Promise<Event<T>> {
  const done = new AbortController();
  let seen = 0;
  for await (const record of host.follow({ session, after: 0, signal: done.signal }, OWNER)) {
    for (const one of record.events) {
      if (one.type !== type || ++seen < n) continue;
      done.abort();
      return parseEvent(session, one.position, one.body) as Event<T>;
    }
  }
  throw new Error(`the stream ended before event ${n} of type ${type}`);
}
