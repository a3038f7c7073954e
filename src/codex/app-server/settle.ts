/**
 * What became of a turn of which the host does not know the end: Codex's history is asked. A turn is found by Codex's id, or by its
 * first message, which bears the host's turn id as client id.
 */

import { SpoolError } from '../../base/errors.js';
import type { Fact, OpenThread } from '../../ports/agent.js';
import type * as Codex from '../generated/protocol.js';
import { turnErrorOf } from '../translate/error.js';
import { itemOf, turnOfMessage } from '../translate/item.js';
import { endOf } from '../translate/turn.js';
import type { Link } from './link.js';

type Unsettled = NonNullable<OpenThread['unsettled']>;

export type Settled =
  | { readonly state: 'unknown' }
  | {
      readonly state: 'running' | 'ended';
      readonly turn: string;
      readonly ref: string;
      /** When it began, in milliseconds since 1970. */
      readonly began: number;
      /** Whether the host has recorded the start. */
      readonly announced: boolean;
      /** What happened while nobody listened: completed items and, of an ended turn, the end. */
      readonly missed: readonly Fact[];
    };

const PAGE = 20;
const MOST_PAGES = 5;
const MOST_ITEM_PAGES = 50;
const MOST_LOOKS = 20;
const LOOK_MS = 25;

/** `pause` waits for so many milliseconds. */
export async function settle(link: Link, thread: string, unsettled: Unsettled, pause: (ms: number) => Promise<void>): Promise<Settled> {
  const native = await findTurn(link, thread, unsettled, pause);
  if (native === undefined) return { state: 'unknown' };
  const { turn } = unsettled;
  const head = { turn, ref: native.id, began: birthOf(native), announced: unsettled.ref !== undefined };
  const items = (await itemsOfTurn(link, thread, native)).map((item): Fact => ({ type: 'item.completed', turn, item: itemOf(item, true) }));
  if (native.status === 'inProgress' && !beganBefore(native, link.born)) return { state: 'running', ...head, missed: items };
  return { state: 'ended', ...head, missed: [...items, endFound(link, native, turn)] };
}

/** Which messages stand in turns that died: those of which the history has the message itself. Versions before 0.138 cannot tell. */
export async function takenIn(link: Link, thread: string, given: NonNullable<OpenThread['given']>): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  for (const into of new Set(given.map((one) => one.into))) {
    const native = await lookFor(link, thread, { turn: '', ref: into });
    if (native === undefined) continue;
    for (const item of [...native.items, ...(await itemsOfTurn(link, thread, native))]) {
      const turn = item.type === 'userMessage' ? turnOfMessage(item) : undefined;
      if (turn !== undefined && given.some((one) => one.turn === turn && one.into === into)) taken.add(turn);
    }
  }
  return taken;
}

function endFound(link: Link, native: Codex.Turn, turn: string): Fact {
  // Codex writes down a turn that died with its process as interrupted; nobody asked for that.
  if (native.status === 'inProgress' || (native.status === 'interrupted' && beganBefore(native, link.born)))
    return {
      type: 'turn.failed',
      turn,
      error: { code: 'runtime-exited', message: 'Codex was restarted while the turn ran', retryable: true },
    };
  const end = endOf(native, turn, { usage: () => null, lastError: () => null });
  return end ?? { type: 'turn.failed', turn, error: turnErrorOf(native.error) };
}

async function findTurn(
  link: Link,
  thread: string,
  unsettled: Unsettled,
  pause: (ms: number) => Promise<void>,
): Promise<Codex.Turn | undefined> {
  const { ref } = unsettled;
  for (let tries = 1; ; tries += 1) {
    const found = await lookFor(link, thread, unsettled);
    // Codex names a turn before it writes it down, so one of this very process may still be missing for a moment.
    const mayCome = ref !== undefined && !beganBefore({ id: ref, startedAt: null }, link.born);
    if (found !== undefined || !mayCome || tries === MOST_LOOKS) return found;
    await pause(LOOK_MS);
  }
}

async function lookFor(link: Link, thread: string, { turn, ref }: Unsettled): Promise<Codex.Turn | undefined> {
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { data, nextCursor }: Codex.ThreadTurnsListResponse = await link.request('thread/turns/list', {
      threadId: thread,
      limit: PAGE,
      // A summary has the first message only, and ours may have gone into another client's turn.
      ...(ref === undefined ? { itemsView: 'full' as const } : {}),
      ...(cursor === null ? {} : { cursor }),
    });
    const found = data.find((native) => native.id === ref || (ref === undefined && asksFor(native, turn)));
    if (found !== undefined || nextCursor === null || nextCursor === undefined) return found;
    cursor = nextCursor;
  }
  return undefined;
}

/** Before 0.138 messages bear no client id; there what runs in the session's own thread is taken to be the session's. */
function asksFor(native: Codex.Turn, turn: string): boolean {
  return native.items.some((item) => {
    if (item.type !== 'userMessage') return false;
    return turnOfMessage(item) === turn || (item.clientId === undefined && native.status === 'inProgress');
  });
}

async function itemsOfTurn(link: Link, thread: string, native: Codex.Turn): Promise<readonly Codex.ThreadItem[]> {
  const items: Codex.ThreadItem[] = [];
  let cursor: string | null = null;
  try {
    for (let page = 0; page < MOST_ITEM_PAGES; page += 1) {
      const { data, nextCursor }: Codex.ThreadItemsListResponse = await link.request('thread/items/list', {
        threadId: thread,
        turnId: native.id,
        ...(cursor === null ? {} : { cursor }),
      });
      items.push(...data.flatMap(({ item, turnId }) => (turnId === native.id ? [item] : [])));
      if (nextCursor === null || nextCursor === undefined) break;
      cursor = nextCursor;
    }
  } catch (error) {
    // Versions before 0.169 have no such list; the summary is what is left. A process that died over it has not said that.
    if (SpoolError.from(error).code !== 'runtime-failed') throw error;
    items.length = 0;
  }
  if (items.length > 0) return items.filter(isOver);
  // The old history has ids of its own for items, so only what nobody can do without is taken from it: the last answer.
  const answer = native.items.findLast((item) => item.type === 'agentMessage');
  return answer === undefined || native.status === 'inProgress' ? [] : [answer];
}

function isOver(item: Codex.ThreadItem): boolean {
  if ('status' in item && item.status === 'inProgress') return false;
  return item.completedAtMs !== null || item.startedAtMs === null || item.startedAtMs === undefined;
}

function beganBefore(native: Pick<Codex.Turn, 'id' | 'startedAt'>, time: number): boolean {
  return birthOf(native) < time;
}

/** Codex's turn ids are UUIDs of version 7: they begin with their birth in milliseconds. `startedAt` has seconds only. */
function birthOf({ id, startedAt }: Pick<Codex.Turn, 'id' | 'startedAt'>): number {
  const hex = id.replaceAll('-', '').slice(0, 12);
  return id.charAt(14) === '7' ? Number.parseInt(hex, 16) : (startedAt ?? 0) * 1000;
}
