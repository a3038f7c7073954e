/**
 * Files that Codex makes for people. Its image generation saves into `generated_images/<thread>` of its home and tells the model that
 * the client shows what lies there, so every file that comes to lie there while one of our turns runs is told. Links are not followed:
 * the folder is one that commands of the agent may have got at.
 */

import { lstatSync, readdirSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mediaTypeOf } from '../../base/media-type.js';
import type { Item } from '../../contract/item.js';
import type { Fact } from '../../ports/agent.js';

/** Tells one state of a file from another. */
type Mark = string;

export class ProducedFiles {
  readonly #folder: string;
  /** The files that are no news, by their real paths: they were there before the turn, or are told. */
  #known: ReadonlyMap<string, Mark> = new Map();

  constructor(home: string, thread: string) {
    this.#folder = join(home, 'generated_images', thread);
  }

  /** To be called before Codex is asked for a turn: what lies there by then is not of its making. */
  begin(): void {
    this.#known = marksOf(this.#look());
  }

  /** For a turn that began while nobody listened: what has changed since `time` (in milliseconds) is of its making. */
  beganAt(time: number): void {
    this.#known = marksOf(this.#look().filter(({ stats }) => stats.ctimeMs < time));
  }

  /** The fact together with the files that have to be told with it: those of a turn before its end, a picture behind its item. */
  with(fact: Fact): readonly Fact[] {
    switch (fact.type) {
      case 'turn.completed':
      case 'turn.failed':
      case 'turn.interrupted':
        return [...this.#news(fact.turn, this.#look()), fact];
      case 'item.completed': {
        const saved = savedPath(fact.item);
        const found = saved === undefined ? undefined : lookAt(dirname(saved), basename(saved));
        return found === undefined ? [fact] : [fact, ...this.#news(fact.turn, [found], fact.item.id)];
      }
      default:
        return [fact];
    }
  }

  #news(turn: string, found: readonly Found[], item?: string): readonly Fact[] {
    const news = found.filter(({ path, stats }) => this.#known.get(path) !== markOf(stats));
    if (news.length === 0) return [];
    this.#known = new Map([...this.#known, ...marksOf(news)]);
    return news.map(({ path, stats }): Fact => {
      const about = { path, mediaType: mediaTypeOf(path), bytes: stats.size };
      return { type: 'file', turn, ...about, ...(item === undefined ? {} : { item }) };
    });
  }

  /** What lies in the folder; nothing where there is none, which costs one look and is what nearly always is so. */
  #look(): readonly Found[] {
    try {
      if (lstatSync(this.#folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
      return readdirSync(this.#folder)
        .sort()
        .flatMap((name) => (name.startsWith('.') ? [] : (lookAt(this.#folder, name) ?? [])));
    } catch {
      // Taken away or closed while we looked: what cannot be read cannot be handed to anybody either.
      return [];
    }
  }
}

interface Found {
  readonly path: string;
  readonly stats: Stats;
}

/** The file by its real path; undefined when it is gone, or no plain file. */
function lookAt(folder: string, name: string): Found | undefined {
  try {
    const path = join(realpathSync(folder), name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? { path, stats } : undefined;
  } catch {
    // As above: the folder itself is gone or closed.
    return undefined;
  }
}

function marksOf(found: readonly Found[]): ReadonlyMap<string, Mark> {
  return new Map(found.map(({ path, stats }) => [path, markOf(stats)]));
}

function markOf({ ino, size, mtimeMs }: Stats): Mark {
  return `${ino} ${size} ${mtimeMs}`;
}

/** Where Codex says that it has saved a picture. */
function savedPath(item: Item): string | undefined {
  if (item.kind !== 'toolCall' || item.tool !== 'image_generation') return undefined;
  const { result } = item;
  const path: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, 'savedPath') : undefined;
  return typeof path === 'string' ? path : undefined;
}
