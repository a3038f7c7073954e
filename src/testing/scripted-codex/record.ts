/**
 * Makes a script out of what a tap saw of a real app-server. What differs from run to run (ids, times, paths of the run) is made the
 * same, so that two recordings of one story are equal and a recording can be kept in a repository.
 */

import type { CodexFrame, CodexStep } from './steps.js';

export interface RecordOptions {
  /** Texts to replace wherever they stand, for instance the directory of the run: `{ '/tmp/x1': '/run' }`. */
  readonly replace?: Readonly<Record<string, string>>;
}

/** The script of a recorded wire: lines of `-> ` what the client sent and `<- ` what it got. Other lines are passed over. */
export function recordScript(lines: readonly string[], options: RecordOptions = {}): CodexStep[] {
  const names = new Names(options.replace ?? {});
  const steps: CodexStep[] = [];
  const open: Request[] = [];
  const said = new Map<string, string>();
  for (const line of lines) {
    const text = line.slice(3);
    const frame = parse(text);
    if (line.startsWith('-> ') && frame !== undefined) {
      steps.push(heard(frame));
      if (typeof frame['method'] !== 'string') continue;
      remember(said, frame['method'], frame['params']);
      if (frame['id'] !== undefined) open.push({ id: frame['id'], method: frame['method'] });
    } else if (line.startsWith('<- ')) {
      steps.push(frame === undefined ? { do: 'raw', text: `${text}\n` } : told(frame, open, (value) => names.settle(value, said)));
    }
  }
  return steps;
}

interface Request {
  readonly id: unknown;
  readonly method: string;
}

function heard(frame: CodexFrame): CodexStep {
  const { id, method } = { id: frame['id'], method: frame['method'] };
  return typeof method === 'string' ? { do: 'expect', method } : { do: 'wait', frame: { id } };
}

function told(frame: CodexFrame, open: Request[], settle: (value: unknown) => unknown): CodexStep {
  const at = frame['method'] === undefined ? open.findIndex((request) => request.id === frame['id']) : -1;
  const [request] = at < 0 ? [] : open.splice(at, 1);
  if (request === undefined) return { do: 'emit', frame: objectOf(settle(frame)) };
  const nth = open.slice(0, at).filter((other) => other.method === request.method).length;
  const outcome = frame['error'] === undefined ? { result: settle(frame['result']) } : { error: settle(frame['error']) };
  return { do: 'reply', to: request.method, ...(nth === 0 ? {} : { nth }), ...outcome };
}

// Ids and paths that the client chose come back in many frames; in a later play they will be others, so a placeholder stands for them.
const CHOSEN = 8;

function remember(said: Map<string, string>, method: string, params: unknown): void {
  if (typeof params !== 'object' || params === null) return;
  for (const [key, value] of Object.entries(params)) {
    const known = typeof value === 'string' && value.length >= CHOSEN && key !== 'threadId' && key !== 'turnId' && /^\w+$/.test(key);
    if (known) said.set(value, `{{${method}.params.${key}}}`);
  }
}

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const MODEL_ID = /\b(call|msg|rs|fc|fco|ctc|resp)_[0-9A-Za-z]+(?:_\d+)*\b/g;
const STAMP = /\b\d{4}-\d\d-\d\dT\d\d[-:]\d\d[-:]\d\d(?:\.\d+)?/g;
const DAY = /\/\d{4}\/\d\d\/\d\d\//g;

/** Gives everything volatile a steady name, the same one wherever it comes again. */
class Names {
  readonly #known = new Map<string, string>();
  readonly #replace: readonly (readonly [string, string])[];

  constructor(replace: Readonly<Record<string, string>>) {
    this.#replace = Object.entries(replace);
  }

  settle(value: unknown, said: ReadonlyMap<string, string>, key = ''): unknown {
    if (typeof value === 'string') return said.get(value) ?? (key === 'processId' ? '1' : this.#text(value));
    if (typeof value === 'number') return /(?:At|Ms|Port)$/.test(key) ? 0 : value;
    if (Array.isArray(value)) return value.map((one) => this.settle(one, said));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.settle(one, said, name)]));
  }

  #text(text: string): string {
    const replaced = this.#replace.reduce((all, [from, to]) => all.replaceAll(from, to), text);
    return replaced
      .replace(UUID, (id) => this.#name(id, (n) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`))
      .replace(MODEL_ID, (id, kind: string) => this.#name(id, (n) => `${kind}_${n}`))
      .replace(STAMP, '2026-01-01T00-00-00')
      .replace(DAY, '/2026/01/01/');
  }

  #name(id: string, make: (n: number) => string): string {
    const known = this.#known.get(id) ?? make(this.#known.size + 1);
    this.#known.set(id, known);
    return known;
  }
}

function parse(text: string): CodexFrame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? objectOf(value) : undefined;
  } catch {
    // A line that is no JSON is played back as it is.
    return undefined;
  }
}

function objectOf(value: unknown): CodexFrame {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
