/** What was really done and said, as it stands outside of the host: effects, replies as they were given, tasks that agents sent, deaths. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EFFECTS } from './local-work.js';

/** Something that was done in the world. */
export interface Effect {
  readonly tag: string;
  /** Undefined where whoever did it cannot know; the time tells it then. */
  readonly attempt: number | undefined;
  readonly at: number;
  /** In which session, where that is known. */
  readonly session: string | undefined;
}

export interface Given {
  readonly tag: string;
  readonly task: string;
  readonly attempt: number;
  readonly text: string;
}

export interface SentByAgent {
  readonly tag: string;
  readonly from: string;
  readonly status: number;
  readonly id?: string;
  readonly code?: string;
}

export interface Death {
  readonly tag: string;
  readonly attempt: number;
  readonly point: string;
}

export class Ledger {
  readonly #folder: string;
  readonly #work: string;

  /** `work`: the folder in which each agent of the host has its own. */
  constructor(folder: string, work: string) {
    this.#folder = folder;
    this.#work = work;
  }

  get files(): { readonly ledger: string; readonly given: string; readonly sent: string; readonly deaths: string } {
    const at = (name: string): string => join(this.#folder, name);
    return { ledger: at('effects.log'), given: at('given.jsonl'), sent: at('sent.jsonl'), deaths: at('deaths.jsonl') };
  }

  effects(): Effect[] {
    const lines = linesOf(this.files.ledger).map((line): Effect => {
      const [tag = '', attempt = '', at = ''] = line.split(' ');
      return { tag, attempt: attempt === '-' ? undefined : Number(attempt), at: Number(at), session: undefined };
    });
    return [...lines, ...readdirSync(this.#work).flatMap((alias) => filesOf(join(this.#work, alias, EFFECTS)))];
  }

  given(): Given[] {
    return linesOf(this.files.given).map((line) => JSON.parse(line) as Given);
  }

  sent(): SentByAgent[] {
    return linesOf(this.files.sent).map((line) => JSON.parse(line) as SentByAgent);
  }

  deaths(): Death[] {
    return linesOf(this.files.deaths).map((line) => JSON.parse(line) as Death);
  }
}

/** What a mock has done: a file for each time. */
function filesOf(folder: string): Effect[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => {
    const [tag = '', session] = name.split('.');
    return { tag, attempt: undefined, at: statSync(join(folder, name)).mtimeMs, session };
  });
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}
