/** A host in this process, over the real Codex and the offline model: for stories that need limits which no user would set. */

import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../src/base/clock.js';
import { Stack } from '../../src/base/stack.js';
import { CodexAppServer, type CodexAppServerOptions } from '../../src/codex/app-server/agent.js';
import { parseEvent } from '../../src/contract/event-text.js';
import type { Event } from '../../src/contract/events.js';
import type { AgentInfo, RuntimeStatus } from '../../src/contract/host.js';
import type { Turn } from '../../src/contract/session.js';
import type { Host, Principal } from '../../src/host/face.js';
import { createHost } from '../../src/host/host.js';
import { memoryLog } from '../../src/log/memory/memory-log.js';
import { memorySnapshots } from '../../src/log/memory/memory-snapshots.js';
import { codexBinary } from '../../src/testing/codex-binary.js';
import { type OfflineModel, prepareOfflineHome, startOfflineModel, type TempHome, tempHome } from '../../src/testing/index.js';
import { fixedAgents } from '../host/rig.js';

export const OWNER: Principal = { name: 'owner', role: 'owner' };

export interface HostOverCodex extends AsyncDisposable {
  readonly host: Host;
  readonly home: TempHome;
  readonly codexHome: string;
  readonly model: OfflineModel;
  /** The `n`-th line of the log (from 1) with this message, waiting for it if need be. */
  logged(message: string, n?: number): Promise<void>;
  /** How often this message was logged. */
  count(message: string): number;
  /** The one Codex process that runs; throws when there is none. */
  process(): Promise<RuntimeStatus & { readonly pid: number }>;
  open(): Promise<string>;
  /** The first event of the session that fits, waiting for it if need be. */
  event(session: string, fits: (event: Event) => boolean): Promise<Event>;
  events(session: string): Promise<readonly Event[]>;
  /** Runs a turn to its end. */
  run(session: string, input: string): Promise<Turn>;
  ended(session: string, turn: string): Promise<Turn>;
}

export async function hostOverCodex(
  care: NonNullable<CodexAppServerOptions['care']>,
  options: { readonly binary?: string; readonly agent?: Partial<AgentInfo> } = {},
): Promise<HostOverCodex> {
  const stack = new Stack();
  const home = stack.use(await tempHome());
  const model = stack.use(await startOfflineModel());
  const cwd = home.join('work');
  await mkdir(cwd);
  const codexHome = await prepareOfflineHome(home.join('codex'), model, { trust: [cwd] });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const note = (_fields: object, message: string): void => {
    lines.push(message);
    for (const watcher of watchers) watcher();
  };
  const logger = { debug: note, info: note, warn: note, error: note };
  const env = { PATH: process.env['PATH'], HOME: home.path };
  const binary = (): string => options.binary ?? codexBinary();
  const runtime = stack.use(
    new CodexAppServer({
      ...{
        binary,
        runDir: home.join('run'),
        takenDir: home.join('taken'),
        env,
        version: '0.0.0',
        keepRunningTurns: false,
        care,
        clock: systemClock,
        logger,
      },
    }),
  );
  const info: AgentInfo = { alias: 'default', runtime: 'codex-app-server', codexHome, online: true, ...options.agent };
  const agents = fixedAgents({ get: (alias) => (alias === 'default' ? info : undefined), list: () => [info] });
  const host = stack.use(
    createHost({
      ...{ version: '0.0.0', home: home.path, pid: process.pid, cwd, agents, clock: systemClock, logger },
      ...{ log: memoryLog(), snapshots: memorySnapshots(), runtimes: new Map([['codex-app-server', runtime]]) },
    }),
  );
  const count = (message: string): number => lines.filter((line) => line === message).length;
  const self: HostOverCodex = {
    ...{ host, home, codexHome, model, count },
    async logged(message, n = 1) {
      while (count(message) < n) {
        await new Promise<void>((resolve) => {
          const watcher = (): void => {
            watchers.delete(watcher);
            resolve();
          };
          watchers.add(watcher);
        });
      }
    },
    async process() {
      const [running] = await runtime.status();
      if (running === undefined || running.pid === null) throw new Error('no Codex process runs');
      return { ...running, pid: running.pid };
    },
    open: async () => (await host.openSession({}, OWNER)).id,
    event: (session, fits) => firstEvent(host, session, fits),
    events: async (session) => (await host.events(session, { after: 0, limit: 10_000 }, OWNER)).events,
    async run(session, input) {
      const { turn } = await host.requestTurn(session, { input }, OWNER);
      return self.ended(session, turn.id);
    },
    async ended(session, turn) {
      await firstEvent(host, session, (event) => event.turn === turn && /^turn\.(completed|failed|interrupted)$/.test(event.type));
      return host.turn(session, turn, OWNER);
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
  return self;
}

async function firstEvent(host: Host, session: string, fits: (event: Event) => boolean): Promise<Event> {
  const done = new AbortController();
  try {
    for await (const record of host.follow({ session, after: 0, signal: done.signal }, OWNER)) {
      for (const one of record.events) {
        const event = parseEvent(session, one.position, one.body);
        if (fits(event)) return event;
      }
    }
  } finally {
    done.abort();
  }
  throw new Error('the stream ended before the event came');
}
