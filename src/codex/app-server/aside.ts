/**
 * A thread set aside, so that its record can be changed: Codex is told to archive it. With that it lets go of the thread, which
 * unsubscribing does not do, and no process opens it until it is brought back. The other threads of the home are not disturbed. Codex
 * refuses where another process has the thread open. A note is kept meanwhile, so that one whose host died then is brought back later.
 */

import { relative, sep } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import { type Holder, holdersOf } from '../../base/file-holders.js';
import type { Logger } from '../../ports/logger.js';
import type { Backups } from '../rollout/backups.js';
import { findRollouts } from '../rollout/find.js';
import { isTaken } from './failures.js';
import type { Link } from './link.js';
import { nameOf, takenError } from './taken.js';
import { listsTerminals } from './versions.js';

export interface AsideParts {
  readonly link: Link;
  readonly thread: string;
  readonly backups: Backups;
  readonly logger: Logger;
}

/** `work` is given the thread's record. Rejects with `conflict` where the thread is in use; then nothing has been done. */
export async function whileAside<T>(parts: AsideParts, work: (file: string) => Promise<T>): Promise<T> {
  await bringBack(parts);
  const { link, thread } = parts;
  const file = recordOf(link.home, thread);
  if (file === undefined) throw new SpoolError('not-found', `Codex has no record of the conversation ${thread} in ${link.home}`);
  await refuseBusy(link, thread);
  await setAside(parts);
  try {
    const away = recordOf(link.home, thread);
    if (away === undefined) throw new SpoolError('runtime-failed', `Codex has lost the record of the conversation ${thread}`);
    await refuseHeld(away, thread);
    return await work(away);
  } finally {
    await bringBack(parts).catch((err: unknown) => {
      parts.logger.warn({ thread, err }, 'a conversation could not be brought back yet; that is done when it is next opened');
    });
  }
}

/** Brings back a thread that was set aside, if it was. */
export async function bringBack({ link, thread, backups }: AsideParts): Promise<void> {
  if (!backups.isAside(thread)) return;
  const [file] = findRollouts(link.home, thread);
  if (file === undefined || isAway(link.home, file)) await link.request('thread/unarchive', { threadId: thread });
  backups.broughtBack(thread);
}

/** The one record of the thread. */
export function recordOf(home: string, thread: string): string | undefined {
  const [file, another] = findRollouts(home, thread);
  if (another === undefined) return file;
  throw new SpoolError('conflict', `there are two records of the conversation ${thread}: ${file} and ${another}`, {
    hint: 'move the one away that does not belong there',
  });
}

async function setAside({ link, thread, backups }: AsideParts): Promise<void> {
  const file = recordOf(link.home, thread);
  if (file !== undefined && isAway(link.home, file)) {
    throw new SpoolError('conflict', `the conversation ${thread} is archived in Codex`, {
      hint: `\`codex unarchive ${thread}\` brings it back`,
    });
  }
  backups.setAside(thread);
  try {
    await link.request('thread/archive', { threadId: thread });
  } catch (error) {
    // Only a refusal says that it was not done.
    if (SpoolError.from(error).code === 'runtime-failed') backups.broughtBack(thread);
    throw isTaken(error) ? await takenError(link.home, thread, error) : error;
  }
}

/** Codex would end what runs there. */
async function refuseBusy(link: Link, thread: string): Promise<void> {
  const { data } = await link.request('thread/loaded/list', {});
  const reads = data.map((threadId) => link.request('thread/read', { threadId, includeTurns: false }));
  const loaded = (await Promise.allSettled(reads)).flatMap((read) => (read.status === 'fulfilled' ? [read.value.thread] : []));
  const family = new Set([thread]);
  // Sub-agents go with the thread that they work for, and may have some of their own.
  for (let before = 0; before < family.size; ) {
    before = family.size;
    for (const { id, parentThreadId } of loaded) if (family.has(parentThreadId ?? '')) family.add(id);
  }
  const ours = loaded.filter(({ id }) => family.has(id));
  if (ours.some(({ status }) => status.type === 'active')) {
    throw new SpoolError('conflict', `something runs in the conversation ${thread}`, { hint: 'wait for its end, or interrupt it' });
  }
  if (!listsTerminals(link.version)) return;
  for (const { id } of ours) {
    const { data: commands } = await link.request('thread/backgroundTerminals/list', { threadId: id });
    const [first] = commands;
    if (first === undefined) continue;
    throw new SpoolError('conflict', `a command that the agent has left running would be ended: ${first.command}`, {
      hint: 'wait for its end, or have the agent end it',
    });
  }
}

/** Versions that know no lock of a thread do not refuse; who writes its record has it open. */
async function refuseHeld(file: string, thread: string): Promise<void> {
  const holders: readonly Holder[] = (await holdersOf(file)) ?? [];
  if (holders.length === 0) return;
  throw new SpoolError('conflict', `the conversation is open in ${nameOf(holders)}`, {
    hint: 'end it there and try again',
    details: { thread, pids: holders.map(({ pid }) => pid) },
  });
}

function isAway(home: string, file: string): boolean {
  return relative(home, file).split(sep)[0] === 'archived_sessions';
}
