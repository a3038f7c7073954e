/** What one Codex executable can do, as it says itself: asked once for each state of the file. */

import { statSync } from 'node:fs';
import { messageOf } from '../../base/errors.js';
import { runToEnd } from '../../base/process.js';
import { requireCodex } from '../binary.js';
import { fieldsOf, textIn } from '../rollout/entry.js';

export interface Program {
  readonly path: string;
  readonly version: string;
  /** The long flags that its interface takes. */
  readonly flags: ReadonlySet<string>;
  /** Models for which it offers another one at its start, and which. */
  readonly migrations: ReadonlyMap<string, string>;
}

export interface AskProgram {
  readonly path: string;
  /** The environment to ask it in, with the CODEX_HOME. */
  readonly env: Readonly<Record<string, string>>;
  readonly warn: (fields: object, message: string) => void;
}

const known = new Map<string, Promise<Program>>();
const LONGEST_MS = 20_000;

/** Rejects as `requireCodex` does. */
export async function programAt(ask: AskProgram): Promise<Program> {
  const version = await requireCodex(ask.path);
  const key = `${ask.path}\n${version}\n${statSync(ask.path).mtimeMs}`;
  let program = known.get(key);
  if (program === undefined) {
    program = askProgram(ask, version);
    known.set(key, program);
    program.catch(() => known.delete(key));
  }
  return await program;
}

async function askProgram({ path, env, warn }: AskProgram, version: string): Promise<Program> {
  const [help, models] = await Promise.all([said(path, ['--help'], env), said(path, ['debug', 'models', '--bundled'], env)]);
  const flags = new Set([...help.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].flatMap(([, flag]) => flag ?? []));
  const migrations = migrationsIn(models, (error) => {
    warn({ err: error, version }, 'Codex does not tell its models; it may ask about newer ones');
  });
  return { path, version, flags, migrations };
}

async function said(command: string, args: readonly string[], env: AskProgram['env']): Promise<string> {
  return (await runToEnd({ command, args, env, timeoutMs: LONGEST_MS })).stdout;
}

function migrationsIn(text: string, warn: (error: string) => void): Map<string, string> {
  try {
    const models = fieldsOf(JSON.parse(text))?.['models'];
    const pairs = (Array.isArray(models) ? models : []).map((one: unknown) => {
      const model = fieldsOf(one);
      return [textIn(model, 'slug'), textIn(fieldsOf(model?.['upgrade']), 'model')] as const;
    });
    return new Map(pairs.flatMap(([from, to]) => (from === undefined || to === undefined ? [] : [[from, to] as const])));
  } catch (error) {
    warn(messageOf(error));
    return new Map();
  }
}
