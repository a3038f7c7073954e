/**
 * The keys of one server, taken one after the other by whoever has a use for them; what nobody took is told. Programs spell the same
 * key in their own way: `connectTimeout`, `connect_timeout` and `connect-timeout` are one.
 */

import { SpoolError } from '../../base/errors.js';
import { type Fields, isFields } from './source-text.js';

interface Entry {
  readonly spelling: string;
  readonly value: unknown;
}

/** Takers throw `invalid-input` for a value of the wrong kind. A key with null counts as absent. */
export class ServerFields {
  readonly #left = new Map<string, Entry>();

  constructor(fields: Fields) {
    for (const [spelling, value] of Object.entries(fields)) {
      if (value !== null && value !== undefined) this.#left.set(snake(spelling), { spelling, value });
    }
  }

  /** The first of these keys that is there. */
  take(...keys: string[]): Entry | undefined {
    const key = keys.find((one) => this.#left.has(one));
    const entry = key === undefined ? undefined : this.#left.get(key);
    if (key !== undefined) this.#left.delete(key);
    return entry;
  }

  /** Leaves it to be told as skipped after all. */
  giveBack(spelling: string): void {
    this.#left.set(snake(spelling), { spelling, value: undefined });
  }

  text(...keys: string[]): string | undefined {
    const entry = this.take(...keys);
    if (entry === undefined) return undefined;
    if (typeof entry.value === 'string') return entry.value === '' ? undefined : entry.value;
    throw wrong(entry, 'a text');
  }

  flag(...keys: string[]): boolean | undefined {
    const entry = this.take(...keys);
    if (entry === undefined || typeof entry.value === 'boolean') return entry?.value as boolean | undefined;
    // YAML files are often written by hand, with quotes.
    if (entry.value === 'true' || entry.value === 'false') return entry.value === 'true';
    throw wrong(entry, 'true or false');
  }

  texts(...keys: string[]): string[] | undefined {
    const entry = this.take(...keys);
    if (entry === undefined) return undefined;
    const list: unknown = entry.value;
    if (!Array.isArray(list)) throw wrong(entry, 'a list');
    return list.map((one: unknown) => asText(one) ?? fail(wrong(entry, 'a list of texts')));
  }

  /** Texts by name. What is null there is left out. */
  map(...keys: string[]): Map<string, string> | undefined {
    const entry = this.take(...keys);
    if (entry === undefined) return undefined;
    if (!isFields(entry.value)) throw wrong(entry, 'a map of texts');
    const given = Object.entries(entry.value).filter(([, value]) => value !== null);
    return new Map(given.map(([name, value]) => [name, asText(value) ?? fail(wrong(entry, `a map of texts (${name} is none)`))]));
  }

  /** A number above 0. */
  amount(...keys: string[]): { readonly spelling: string; readonly value: number } | undefined {
    const entry = this.take(...keys);
    if (entry === undefined) return undefined;
    if (typeof entry.value === 'number' && Number.isFinite(entry.value) && entry.value > 0) {
      return { spelling: entry.spelling, value: entry.value };
    }
    throw wrong(entry, 'a number above 0');
  }

  /** The keys inside of this one, where it holds any; otherwise it is left. */
  nested(key: string): ServerFields | undefined {
    const entry = this.#left.get(key);
    if (entry === undefined || !isFields(entry.value)) return undefined;
    this.#left.delete(key);
    return new ServerFields(entry.value);
  }

  /** What nobody took, as it is spelt. */
  rest(): string[] {
    return [...this.#left.values()].map(({ spelling }) => spelling);
  }
}

function snake(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function wrong({ spelling }: { readonly spelling: string }, wanted: string): SpoolError {
  return new SpoolError('invalid-input', `${spelling} is not ${wanted}`);
}

function fail(error: SpoolError): never {
  throw error;
}
