/** Which events a webhook wants: by type or family, and by the agent that they are about. */

import { SpoolError } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { isForClients } from '../../contract/event-text.js';
import { EVENT_TYPES } from '../../contract/events.js';
import { TASK_EVENT_TYPES } from '../../contract/task-events.js';
import type { Log } from '../../ports/log.js';

const TYPES: readonly string[] = [...TASK_EVENT_TYPES, ...EVENT_TYPES];

/** Throws `invalid-input` for a type that never comes, which would be a webhook that is silent for a reason nobody sees. */
export function checkEvents(events: readonly string[]): void {
  for (const wish of events) {
    if (wish.endsWith('.*') ? TYPES.some((type) => type.startsWith(wish.slice(0, -1))) : TYPES.includes(wish)) continue;
    const near = nearest(wish, TYPES);
    throw new SpoolError('invalid-input', `events: there is no type of event ${wish}`, {
      hint: near === undefined ? '"task.*" are all of tasks' : `did you mean ${near}?`,
    });
  }
}

/** Whether one of the types and families means this type. */
export function typeFilter(events: readonly string[]): (type: string) => boolean {
  const types = new Set(events);
  return (type) => types.has(type) || types.has(`${type.slice(0, type.indexOf('.'))}.*`);
}

/** How many streams' agents are remembered. */
const REMEMBERED = 1000;

/** Whom a stream is about: the agent of a session, the one a task is for. It stands in the first event and never changes. */
export class Subjects {
  readonly #log: Log;
  readonly #known = new Map<string, string | undefined>();

  constructor(log: Log) {
    this.#log = log;
  }

  async of(stream: string): Promise<string | undefined> {
    const known = this.#known.has(stream) ? this.#known.get(stream) : await this.#read(stream);
    // A Map keeps the order of insertion, so that its first key is the one not used for the longest time.
    this.#known.delete(stream);
    this.#known.set(stream, known);
    if (this.#known.size > REMEMBERED) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    return known;
  }

  async #read(stream: string): Promise<string | undefined> {
    if (!isForClients(stream)) return undefined;
    for await (const { events } of this.#log.read({ stream, after: 0 })) {
      const { data } = JSON.parse(events[0]?.body ?? '{}') as { data?: { agent?: unknown; to?: unknown } };
      const subject = data?.agent ?? data?.to;
      return typeof subject === 'string' ? subject : undefined;
    }
    return undefined;
  }
}
