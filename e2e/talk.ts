/** A client's talk with a host: agents, sessions, turns. */

import type { Event, Turn } from '../src/client/index.js';
import type { CreateAgent } from '../src/contract/agent-config.js';
import type { Runtime } from '../src/contract/words.js';
import { capabilitiesOf, HOLDS, type Part, partOf } from './cast.js';
import { must } from './ladder.js';
import { brief, familyOf, processesOf, type SeenProcess } from './process-tree.js';
import type { Served } from './program.js';
import type { Stage } from './stage.js';
import { until } from './until.js';

/** Makes an agent of the runtime, which the host must have, and resolves to its alias. */
export async function agentOf({ client }: Served, { model }: Stage, runtime: Runtime, more: Partial<CreateAgent> = {}): Promise<string> {
  await capabilitiesOf(client, runtime);
  const { agent } = partOf(runtime);
  const { alias } = await client.agents.create({ alias: `a-${runtime}`, runtime, ...agent(model), ...more });
  return alias;
}

export async function sessionOf({ client }: Served, { work }: Stage, agent: string): Promise<string> {
  return (await client.sessions.open({ agent, cwd: work })).id;
}

export async function ask({ client }: Served, session: string, input: string): Promise<string> {
  return (await client.turns.request(session, { input })).turn.id;
}

/** Has a turn run to its end, which must be completion. */
export async function play(host: Served, session: string, input: string): Promise<Turn> {
  const turn = await host.client.wait(session, await ask(host, session, input));
  must(turn.status === 'completed', `the turn ${turn.status}`, () => turn.error);
  return turn;
}

/** All events of a session so far. */
export async function eventsOf({ client }: Served, session: string): Promise<readonly Event[]> {
  return (await client.sessions.events(session, { limit: 10_000 })).events as readonly Event[];
}

/** What came of the messages of a turn piece by piece. */
export function deltasOf(events: readonly Event[], turn: string): string {
  return events
    .flatMap((event) => (event.type === 'item.delta' && event.turn === turn && event.data.kind === 'text' ? [event.data.text] : []))
    .join('');
}

/** The text of the messages of a turn that ended. */
export function messagesOf(events: readonly Event[], turn: string): string[] {
  return events.flatMap((event) =>
    event.type === 'item.completed' && event.turn === turn && event.data.item.kind === 'agentMessage' ? [event.data.item.text] : [],
  );
}

/** Stops what runs in the session and waits until it has. */
export async function stopTurn({ client }: Served, session: string, turn: string): Promise<Turn> {
  await client.interrupt(session);
  return await client.wait(session, turn);
}

/** Has a turn of the agent run, and shows the process that runs it, and all of the stage, to `look` while it does. */
export async function withRunning<T>(
  stage: Stage,
  host: Served,
  { isProcess }: Pick<Part, 'isProcess'>,
  agent: string,
  look: (one: SeenProcess, all: readonly SeenProcess[]) => T | Promise<T>,
): Promise<T> {
  const session = await sessionOf(host, stage, agent);
  const turn = await ask(host, session, HOLDS.lasting('wait'));
  const below = (): SeenProcess[] => familyOf(host.pid, processesOf(stage.folder));
  try {
    const find = (): SeenProcess | undefined => below().find((one) => isProcess?.(one) === true);
    const one = await until('its process', find, { ms: 15_000, seen: () => below().map(brief).join('\n') });
    return await look(one, processesOf(stage.folder));
  } finally {
    await stopTurn(host, session, turn);
  }
}
