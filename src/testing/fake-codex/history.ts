/**
 * What a fake Codex keeps of a thread: a file of lines under `sessions/`, like the real one's rollout. A line is written before anybody
 * hears of it, holds completed items only, and survives a kill; a turn whose end is not written down was interrupted.
 */

import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Fields = Readonly<Record<string, unknown>>;

export type TurnEnd = 'completed' | 'failed' | 'interrupted';

export interface KeptItem extends Fields {
  readonly type: string;
  readonly id: string;
}

export interface KeptTurn {
  readonly id: string;
  readonly startedAt: number;
  readonly items: KeptItem[];
  status: TurnEnd | 'inProgress';
  error: Fields | null;
}

type Line =
  | { readonly line: 'thread'; readonly id: string; readonly options: Fields }
  | { readonly line: 'turn'; readonly id: string; readonly startedAt: number }
  | { readonly line: 'item'; readonly turn: string; readonly item: KeptItem }
  | { readonly line: 'end'; readonly turn: string; readonly status: TurnEnd; readonly error: Fields | null };

export interface FakeCodexThread {
  readonly id: string;
  readonly options: Fields;
  readonly turns: readonly KeptTurn[];
}

const FOLDER = 'sessions';

export class History {
  readonly id: string;
  readonly options: Fields;
  readonly turns: KeptTurn[] = [];
  readonly #file: string;

  private constructor(home: string, id: string, options: Fields) {
    this.id = id;
    this.options = options;
    this.#file = join(home, FOLDER, `${id}.jsonl`);
  }

  /** A thread that is written down with its first turn only. */
  static begin(home: string, id: string, options: Fields): History {
    return new History(home, id, options);
  }

  /** The thread of that id, or undefined when none was written down. What ran in another process is over. */
  static load(home: string, id: string): History | undefined {
    const kept = readThread(join(home, FOLDER, `${id}.jsonl`));
    if (kept === undefined) return undefined;
    const history = new History(home, id, kept.options);
    for (const turn of kept.turns) history.turns.push({ ...turn, status: turn.status === 'inProgress' ? 'interrupted' : turn.status });
    return history;
  }

  begun(id: string, startedAt: number, message: KeptItem): void {
    if (!existsSync(this.#file)) {
      mkdirSync(join(this.#file, '..'), { recursive: true });
      this.#write({ line: 'thread', id: this.id, options: this.options });
    }
    this.turns.push({ id, startedAt, items: [message], status: 'inProgress', error: null });
    this.#write({ line: 'turn', id, startedAt }, { line: 'item', turn: id, item: message });
  }

  item(turn: string, item: KeptItem): void {
    this.turns.find(({ id }) => id === turn)?.items.push(item);
    this.#write({ line: 'item', turn, item });
  }

  ended(turn: string, status: TurnEnd, error: Fields | null): void {
    const kept = this.turns.find(({ id }) => id === turn);
    if (kept !== undefined) Object.assign(kept, { status, error });
    this.#write({ line: 'end', turn, status, error });
  }

  #write(...lines: readonly Line[]): void {
    appendFileSync(this.#file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}

/** All threads that fake Codexes have written down in a CODEX_HOME. */
export function fakeCodexThreads(home: string): FakeCodexThread[] {
  const folder = join(home, FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => readThread(join(folder, name)) ?? []);
}

function readThread(file: string): FakeCodexThread | undefined {
  if (!existsSync(file)) return undefined;
  let thread: { id: string; options: Fields } | undefined;
  const turns: KeptTurn[] = [];
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    const line = lineOf(text);
    const turn =
      line === undefined || line.line === 'thread' ? undefined : turns.find(({ id }) => id === ('turn' in line ? line.turn : ''));
    if (line?.line === 'thread') thread = { id: line.id, options: line.options };
    else if (line?.line === 'turn') turns.push({ id: line.id, startedAt: line.startedAt, items: [], status: 'inProgress', error: null });
    else if (line?.line === 'item') turn?.items.push(line.item);
    else if (line?.line === 'end' && turn !== undefined) Object.assign(turn, { status: line.status, error: line.error });
  }
  return thread === undefined ? undefined : { ...thread, turns };
}

/** A kill may have cut the last line. */
function lineOf(text: string): Line | undefined {
  try {
    return text === '' ? undefined : (JSON.parse(text) as Line);
  } catch {
    return undefined;
  }
}
