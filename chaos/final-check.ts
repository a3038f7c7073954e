/** The checks behind a round: over the HTTP API of the last host, then, when it has stopped, over the log itself. */

import { join } from 'node:path';
import { eventText } from '../src/contract/event-text.js';
import type { Event } from '../src/contract/events.js';
import type { Session, Turn } from '../src/contract/session.js';
import { openSqliteLog } from '../src/log/sqlite/sqlite-log.js';
import type { Api } from './api.js';
import type { Backend } from './backends.js';
import { must } from './broken.js';
import { checkInputs, checkQuestions, checkTexts } from './check-session.js';
import { checkTurns } from './check-turns.js';
import type { HostProcess } from './host-process.js';
import type { Ledger } from './ledger.js';
import type { SessionRun } from './session-run.js';

export interface Checked {
  readonly turns: number;
  readonly events: number;
  readonly questions: number;
  /** Turns by their end. */
  readonly ends: ReadonlyMap<string, number>;
}

/** Reads all events of a session page by page. */
async function eventsOf(api: Api, session: string): Promise<Event[]> {
  const events: Event[] = [];
  for (let after = 0; ; ) {
    const page = (await api.get(`/v1/sessions/${session}/events?after=${after}&limit=5000`)) as unknown as {
      events: Event[];
      next: number | null;
    };
    events.push(...page.events);
    if (page.next === null) return events;
    after = page.next;
  }
}

async function turnsOf(api: Api, session: string): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let cursor = ''; ; ) {
    const page = (await api.get(`/v1/sessions/${session}/turns?limit=500${cursor}`)) as unknown as { items: Turn[]; next: string | null };
    turns.push(...page.items);
    if (page.next === null) return turns;
    cursor = `&cursor=${page.next}`;
  }
}

/** Checks every session over HTTP. */
export async function checkSessions(api: Api, runs: readonly SessionRun[], ledger: Ledger, backend: Backend): Promise<Checked> {
  const ends = new Map<string, number>();
  const reached = backend.answers();
  let [turns, count, questions] = [0, 0, 0];
  for (const run of runs) {
    const session = run.id;
    const view = (await api.get(`/v1/sessions/${session}`)) as unknown as Session;
    const rests = view.status === 'idle' && view.currentTurn === null && view.queued === 0 && view.pendingApprovals.length === 0;
    must(rests, 'a session without open turns is idle', () => JSON.stringify(view));
    const events = await eventsOf(api, session);
    must(
      events.every((event, index) => event.position === index + 1) && view.position === events.length,
      'positions are one apart',
      () => `${session}: ${events.length} events, position ${view.position}`,
    );
    const commands = ledger.turns.filter((one) => one.session === session);
    const fates = checkTurns({ session, events, commands, cancels: ledger.cancels, shown: await turnsOf(api, session) });
    checkTexts(session, events);
    questions += checkQuestions({ session, events, told: ledger.answers, reached });
    const refused = commands.filter(({ accepted }) => accepted === undefined).map(({ tag }) => tag);
    checkInputs(session, fates, refused, backend.taken());
    for (const { end, into } of fates) {
      const how = into === undefined ? end.slice('turn.'.length) : 'taken in by another';
      ends.set(how, (ends.get(how) ?? 0) + 1);
    }
    turns += fates.length;
    count += events.length;
  }
  return { turns, events: count, questions, ends };
}

/** Stops the host and looks for what is left: no process, no lock, and a log with the very bytes that the followers were given. */
export async function checkRest(host: HostProcess, api: Api, home: string, runs: readonly SessionRun[]): Promise<void> {
  await stopPolitely(host);
  // A polite stop leaves a running turn running, also another client's; the next host that has to do with Codex finds it ended.
  if (await remains(host)) {
    await host.start();
    await api.get('/v1/agents/default/models');
    await stopPolitely(host);
  }
  must(!(await remains(host)), 'no process is left', () => host.left().join());
  await using log = await openSqliteLog({ directory: join(home, 'log') });
  for (const run of runs) {
    const seen = run.follower?.seen ?? [];
    let position = 0;
    for await (const record of log.read({ stream: run.id, after: 0 })) {
      for (const event of record.events) {
        position += 1;
        must(
          event.position === position,
          'positions are one apart',
          () => `${run.id} in the log: ${event.position} where ${position} was due`,
        );
        const text = eventText(run.id, position, event.body);
        const told = seen[position - 1];
        must(
          told === undefined || told === text,
          'what was told is what was recorded',
          () => `${run.id} at ${position}: ${told} / ${text}`,
        );
      }
    }
    must(position >= seen.length, 'nothing is told that is not recorded', () => `${run.id}: told ${seen.length}, recorded ${position}`);
  }
}

async function stopPolitely(host: HostProcess): Promise<void> {
  const { code, signal } = await host.end('SIGTERM');
  must(code === 0, 'a host that is stopped politely ends with 0', () => String(code ?? signal));
}

const LOOKS = 100;
const LOOK_MS = 30;

async function remains(host: HostProcess): Promise<boolean> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (host.left().length === 0) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}
