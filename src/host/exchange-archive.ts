/**
 * The archive: each exchange of an agent that has a folder for it, as a markdown file, for people and for the agent's own search. A copy
 * beside the log, made after the end of a turn is recorded, so it can make no turn fail: what cannot be written is a warning.
 *
 * An end that was recorded when the host died is met again when its session is woken, behind the snapshot, and is archived then: no log is
 * read for it that is not read anyway. That it is written once is told by the files: the name is made from what is recorded, and the turn
 * stands in the file. Lost is only an exchange of which the snapshot was saved and the file was not, when the host died between the two.
 */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Lane } from '../base/lane.js';
import { parseEvent } from '../contract/event-text.js';
import { type Exchange, endsTurn, exchangesOf } from '../domain/exchanges.js';
import type { SessionState } from '../domain/state.js';
import type { NewEvent } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';

export interface ArchiveParts {
  /** The folder of an agent; undefined when it keeps no archive. May throw. */
  readonly folderOf: (agent: string) => string | undefined;
  readonly logger: Logger;
}

const MOST_CHARS = 2000;
const MOST_THREAD_CHARS = 24;
const MOST_TITLE_CHARS = 120;

export class ExchangeArchive implements AsyncDisposable {
  readonly #parts: ArchiveParts;
  /** One file at a time, so that two never find the same name free. */
  readonly #lane = new Lane();

  constructor(parts: ArchiveParts) {
    this.#parts = parts;
  }

  /** Looks for exchanges among events that were recorded behind the state `before`. Never throws. */
  look(before: SessionState, events: readonly NewEvent[]): void {
    // A review is about exchanges that were written when they took place.
    if (before.reviewOf !== null || !events.some(({ type }) => endsTurn(type))) return;
    try {
      const folder = this.#parts.folderOf(before.agent);
      if (folder === undefined) return;
      const parsed = events.map(({ body }, index) => parseEvent(before.id, before.position + 1 + index, body));
      for (const exchange of exchangesOf(before, parsed)) {
        this.#lane.run(() => archive(folder, exchange)).catch((error: unknown) => this.#warn(before, error));
      }
    } catch (error) {
      this.#warn(before, error);
    }
  }

  #warn({ id, agent }: SessionState, error: unknown): void {
    this.#parts.logger.warn({ session: id, agent, err: error }, 'an exchange could not be archived');
  }

  /** Writes what there is to write. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#lane[Symbol.asyncDispose]();
  }
}

async function archive(folder: string, exchange: Exchange): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = nameOf(exchange);
  for (let n = 1; ; n += 1) {
    const file = `${name}${n === 1 ? '' : `-${n}`}.md`;
    const there = await read(join(folder, file));
    if (there === undefined) return write(folder, file, documentOf(exchange));
    if (isOf(there, exchange)) return;
  }
}

/** Made from what is recorded alone: `2026-11-21-codex-app-server-1795255200000-019f-….md`. */
function nameOf({ at, runtime, threadId }: Exchange): string {
  const thread = slug(threadId ?? '').slice(0, MOST_THREAD_CHARS);
  return [at.slice(0, 10), slug(runtime), Date.parse(at), trimmed(thread) || 'no-thread'].join('-');
}

function slug(text: string): string {
  return trimmed(text.toLowerCase().replace(/[^a-z0-9]+/g, '-'));
}

function trimmed(text: string): string {
  return text.replace(/^-+|-+$/g, '');
}

function documentOf(exchange: Exchange): string {
  const { title, user, assistant, at, agent, runtime, threadId, status, session, turn } = exchange;
  const [firstLine = ''] = user.trim().split('\n');
  const heading = (title ?? upTo(MOST_TITLE_CHARS, firstLine)).replace(/\s+/g, ' ').trim() || session;
  const facts = { title: JSON.stringify(heading), time: at, agent, runtime, thread: threadId ?? '(none)', status, session, turn };
  const head = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  return ['---', ...head, '---', '', `# ${heading}`, '', '## User', '', cut(user), '', '## Assistant', '', cut(assistant), ''].join('\n');
}

/** Whether the file is of this very exchange; only its head is ours to tell. */
function isOf(text: string, { turn }: Exchange): boolean {
  return text.slice(0, text.indexOf('\n---\n')).endsWith(`\nturn: ${turn}`);
}

function cut(text: string): string {
  return text.length <= MOST_CHARS ? text : `${upTo(MOST_CHARS, text)}...`;
}

/** Half of a character that takes two is left out. */
function upTo(most: number, text: string): string {
  return text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all, and on the disk before it has its name. */
async function write(folder: string, file: string, text: string): Promise<void> {
  const draft = join(folder, `.${file}.tmp`);
  try {
    await writeFile(draft, text, { mode: 0o600, flush: true });
    await rename(draft, join(folder, file));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
