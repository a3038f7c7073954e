/** The flags that say what an agent is to be, and the fields of its configuration that they become. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf, SpoolError } from '../base/errors.js';
import type { RouteBody, RouteResult } from '../contract/routes.js';
import type { Args } from './command.js';
import { EFFORTS } from './connect.js';
import { inputText } from './input-text.js';
import type { Io } from './output.js';
import { type Base, RUNTIME_FLAGS, runtimeFields } from './runtime-flags.js';
import { settingsOf, TASK_FLAGS } from './task-settings-flags.js';
import { wholeNumber } from './whole-number.js';

type Fields = Readonly<Record<string, unknown>>;

// Written out, as those of connect.ts: the schemas would be loaded for them.
const POLICIES: ('untrusted' | 'on-request' | 'never')[] = ['untrusted', 'on-request', 'never'];
const WHO_ANSWERS: ('ask' | 'auto' | 'deny')[] = ['ask', 'auto', 'deny'];
const CREDENTIALS: ('home' | 'vault')[] = ['home', 'vault'];

export const AGENT_FLAGS = {
  config: {
    type: 'string',
    valueHint: 'file',
    description: 'a JSON file with fields of the configuration (- for stdin); flags win over it',
  },
  ...RUNTIME_FLAGS,
  model: { type: 'string', valueHint: 'name', description: 'the model; `spool models` lists them' },
  effort: { type: 'enum', options: EFFORTS, description: 'how hard it thinks' },
  cwd: { type: 'string', valueHint: 'dir', description: 'where it works' },
  'codex-home': {
    type: 'string',
    valueHint: 'home',
    description: "shared (the host's, default), own (one for this agent alone), or a path",
  },
  instructions: {
    type: 'string',
    valueHint: 'text',
    description: 'what it is told before every conversation; @FILE for the text of a file',
  },
  memory: { type: 'string', valueHint: 'on|dir', description: 'where it keeps what should outlast a conversation: on, or a folder' },
  archive: { type: 'string', valueHint: 'on|dir', description: 'where each exchange is written as a markdown file: on, or a folder' },
  skill: { type: 'string', valueHint: 'dir…', description: 'a folder with a SKILL.md' },
  mcp: { type: 'string', valueHint: 'name=command…', description: 'a server of tools: NAME=COMMAND ARGS or NAME=URL' },
  env: { type: 'string', valueHint: 'name=value…', description: 'a variable for the commands that it runs; no place for keys' },
  permissions: { type: 'string', valueHint: 'profile', description: ':read-only, :workspace, or another profile of its runtime' },
  'approval-policy': { type: 'enum', options: POLICIES, description: 'when it asks' },
  approve: { type: 'enum', options: WHO_ANSWERS, description: 'who answers: you, a yes or a no of the host' },
  credential: { type: 'enum', options: CREDENTIALS, description: "whose login is used: the home's, or that of `spool login`" },
  'tokens-per-day': {
    type: 'string',
    valueHint: 'n',
    description: 'what its model may use up in a day, where the key of the vault is used',
  },
  'turns-per-hour': { type: 'string', valueHint: 'n', description: 'how many turns may begin within an hour, there too' },
  'review-after': { type: 'string', valueHint: 'n', description: 'after so many calls of tools its work is looked back on' },
  ...TASK_FLAGS,
} as const;

export type AgentArgs = Args<typeof AGENT_FLAGS>;

/** Where paths of the command line lie is known only when the host is on this machine; otherwise they are taken as they are. */
export interface Reading {
  readonly io: Io;
  readonly local: boolean;
  /** The agent as it is now: of what has several parts the others stay. */
  readonly now?: RouteResult<'agent'> | undefined;
}

/** The fields that file and flags name. The host checks them. */
export async function fieldsOf(args: AgentArgs, reading: Reading): Promise<Fields> {
  const path = (typed: string): string => (reading.local ? resolve(typed) : typed);
  const place = (typed: string | undefined): true | string | undefined => (typed === undefined ? undefined : typed === 'on' || path(typed));
  const { model, effort, cwd, skill, mcp, env, credential } = args;
  const file = args.config === undefined ? {} : await configOf(args.config, reading.io);
  const home = args['codex-home'];
  const given: Fields = {
    ...(await runtimeFields(args, runtimeNow(file, reading))),
    ...{ model, effort, credential },
    cwd: cwd === undefined ? undefined : path(cwd),
    codexHome: home === undefined || home === 'own' || home === 'shared' ? home : path(home),
    instructions: args.instructions === undefined ? undefined : await instructionsOf(args.instructions, reading.io),
    memory: place(args.memory),
    archive: place(args.archive),
    skills: skill.length === 0 ? undefined : skill.map(path),
    mcpServers: mcp.length === 0 ? undefined : Object.fromEntries(mcp.map(serverOf)),
    env: env.length === 0 ? undefined : Object.fromEntries(env.map((word) => pairOf(word, '--env'))),
    permissions: joined(reading.now?.permissions, { profile: args.permissions, approvalPolicy: args['approval-policy'] }),
    approvals: joined(reading.now?.approvals, { mode: args.approve }),
    budget: joined(reading.now?.budget, {
      tokensPerDay: wholeNumber('--tokens-per-day', args['tokens-per-day'], 1),
      turnsPerHour: wholeNumber('--turns-per-hour', args['turns-per-hour'], 1),
    }),
    reviewLoop: joined(reading.now?.reviewLoop, { afterToolCalls: wholeNumber('--review-after', args['review-after'], 1) }),
    tasks: settingsOf(args, tasksNow(file, reading)),
  };
  return { ...file, ...defined(given) };
}

/** What the file says, else what the agent has. */
function runtimeNow(file: Fields, { now, local }: Reading): Base {
  const { whenTaken, emptyAuthFile, runtimeOptions } = now ?? {};
  const runtime = file['runtime'] ?? now?.runtime;
  const options = file['runtimeOptions'] ?? defined({ whenTaken, emptyAuthFile, ...runtimeOptions });
  return { runtime: typeof runtime === 'string' ? runtime : undefined, options: options as Fields, local };
}

/** Flags win over the file by parts; what the file has wrong the host refuses. */
function tasksNow(file: Fields, { now }: Reading): NonNullable<Reading['now']>['tasks'] {
  const tasks = file['tasks'];
  return typeof tasks === 'object' && tasks !== null ? tasks : now?.tasks;
}

/** The body of a request; what it holds is checked by the host. */
export function asCreate(alias: string, fields: Fields): RouteBody<'createAgent'> {
  if (fields['alias'] !== undefined && fields['alias'] !== alias) {
    throw new SpoolError('invalid-input', `the file names another alias: ${String(fields['alias'])}`, { hint: 'leave it out of the file' });
  }
  return { ...fields, alias };
}

/** A dot takes one thing out of a field that has several: `tasks.hold`. */
export function asUpdate(
  alias: string,
  fields: Fields,
  unset: readonly string[],
  now: Reading['now'] = undefined,
): RouteBody<'updateAgent'> {
  const { alias: _, ...change } = asCreate(alias, fields);
  let changed: Fields = change;
  for (const name of unset) changed = { ...changed, ...without(name, changed, now) };
  return changed;
}

function without(name: string, change: Fields, now: Fields | undefined): Fields {
  const [field = '', part] = name.split(/\.(.*)/s, 2);
  if (part === undefined) return { [field]: null };
  const whole = change[field] ?? now?.[field];
  if (typeof whole === 'object' && whole !== null && !Array.isArray(whole) && Object.hasOwn(whole, part)) {
    return { [field]: Object.fromEntries(Object.entries(whole).filter(([key]) => key !== part)) };
  }
  throw new SpoolError('invalid-input', `--unset ${name}: the agent has no ${part} in ${field}`, {
    hint: '`spool agent show` shows what it has',
  });
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function joined(now: Fields | undefined, given: Fields): Fields | undefined {
  const parts = defined(given);
  return Object.keys(parts).length === 0 ? undefined : { ...now, ...parts };
}

async function instructionsOf(word: string, io: Io): Promise<string> {
  return word.startsWith('@') ? textOf(word.slice(1)) : await inputText(word, io);
}

async function configOf(file: string, io: Io): Promise<Fields> {
  const text = file === '-' ? await inputText('-', io) : textOf(file);
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Fields;
  } catch (error) {
    throw new SpoolError('invalid-input', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  throw new SpoolError('invalid-input', `${file} holds no object`, { hint: 'write the fields of the agent: {"model": "…"}' });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SpoolError('invalid-input', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Words of the command are parted by spaces; what needs more goes into a file. */
function serverOf(word: string): [name: string, server: Fields] {
  const [name, value] = pairOf(word, '--mcp');
  if (/^https?:\/\//.test(value)) return [name, { url: value }];
  if (/["'\\]/.test(value)) {
    throw new SpoolError('invalid-input', `--mcp ${name} has quotes, which are not read here`, {
      hint: 'write it into a file: {"mcpServers": {"NAME": {"command": "…", "args": ["…"]}}}, and name that with --config',
    });
  }
  const [command = '', ...args] = value.trim().split(/\s+/);
  return [name, { command, ...(args.length === 0 ? {} : { args }) }];
}

function pairOf(word: string, flag: string): [name: string, value: string] {
  const at = word.indexOf('=');
  if (at > 0 && word.slice(at + 1).trim() !== '') return [word.slice(0, at), word.slice(at + 1)];
  throw new SpoolError('invalid-input', `${flag} takes NAME=VALUE, not ${JSON.stringify(word)}`);
}
