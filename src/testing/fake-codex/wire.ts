/** One connection to a fake Codex: what it sent is read, answers and notifications go out through its outbox. */

import type { Fields } from './history.js';
import { type Carrier, Outbox } from './outbox.js';
import type { Plan } from './settings.js';

/** What a client said. */
export interface Heard {
  readonly id?: number | string;
  readonly method?: string;
  readonly params: Fields;
  readonly result?: unknown;
  readonly error?: unknown;
}

export class Wire {
  readonly name: string;
  greeted = false;
  /** Notifications that the client does not want. */
  without: ReadonlySet<string> = new Set();
  readonly #outbox: Outbox;

  constructor(name: string, carrier: Carrier, plan: Plan) {
    this.name = name;
    this.#outbox = new Outbox(carrier, plan, name);
  }

  result(id: number | string, result: Fields, overtakenBy = 0): void {
    this.#outbox.send({ id, result }, overtakenBy);
  }

  error(id: number | string, message: string, code = -32600): void {
    this.#outbox.send({ id, error: { code, message } });
  }

  notify(method: string, params: Fields): void {
    if (!this.without.has(method)) this.#outbox.send({ method, params, emittedAtMs: Date.now() });
  }

  ask(id: number | string, method: string, params: Fields): void {
    this.#outbox.send({ id, method, params });
  }

  close(): void {
    this.#outbox.close();
  }
}

/** What a text says; undefined when it is no message, which the real one passes over too. */
export function heard(text: string): Heard | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isFields(value)) return undefined;
    return { ...value, params: isFields(value['params']) ? value['params'] : {} };
  } catch {
    return undefined;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that is a text; empty when it is none. */
export function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}
