/**
 * The questions of a fake Codex: numbered from 0 in each process, put to everybody who listens to the thread, and again, with the same
 * number, to who comes later. The first answer counts. Every answer is written down in `answers.jsonl`.
 */

import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fields } from './history.js';
import type { Asker, Audience } from './stage.js';
import type { Heard, Wire } from './wire.js';

interface Open {
  readonly thread: Audience;
  readonly method: string;
  readonly params: Fields;
  readonly settle: (decision: string) => void;
}

/** One answer that came. `counted` is false for those that came when the question was closed. */
export interface FakeCodexAnswer {
  readonly pid: number;
  readonly request: number;
  readonly method: string;
  readonly thread: string;
  readonly item: string;
  readonly decision: string;
  readonly counted: boolean;
}

const FILE = 'answers.jsonl';

export class Questions implements Asker {
  readonly #home: string;
  readonly #open = new Map<number, Open>();
  /** What was asked, for answers that come late. */
  readonly #asked = new Map<number, Pick<Open, 'thread' | 'method' | 'params'>>();
  #next = 0;

  constructor(home: string) {
    this.#home = home;
  }

  ask(thread: Audience, method: string, params: Fields, closed: Promise<void>): Promise<string> {
    const id = this.#next++;
    return new Promise((resolve) => {
      const settle = (decision: string): void => {
        if (!this.#open.delete(id)) return;
        thread.tell('serverRequest/resolved', { requestId: id });
        resolve(decision);
      };
      this.#asked.set(id, { thread, method, params });
      this.#open.set(id, { thread, method, params, settle });
      for (const wire of thread.listeners) wire.ask(id, method, params);
      void closed.then(() => settle('closed'));
    });
  }

  /** Puts the open questions of a thread to somebody who has just come. */
  repeat(thread: Audience, wire: Wire): void {
    for (const [id, open] of this.#open) if (open.thread === thread) wire.ask(id, open.method, open.params);
  }

  answered({ id, result, error }: Heard): void {
    const asked = typeof id === 'number' ? this.#asked.get(id) : undefined;
    if (typeof id !== 'number' || asked === undefined) return;
    const decision = error === undefined ? String((result as Fields | null)?.['decision'] ?? 'none') : 'error';
    const open = this.#open.get(id);
    const answer: FakeCodexAnswer = {
      pid: process.pid,
      request: id,
      method: asked.method,
      thread: asked.thread.id,
      item: String(asked.params['itemId'] ?? ''),
      decision,
      counted: open !== undefined,
    };
    appendFileSync(join(this.#home, FILE), `${JSON.stringify(answer)}\n`);
    open?.settle(decision);
  }
}

/** All answers that fake Codexes have got in a CODEX_HOME, in their order. */
export function fakeCodexAnswers(home: string): FakeCodexAnswer[] {
  const file = join(home, FILE);
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line) as FakeCodexAnswer);
}
