/** From flags and environment to a client of the right host. */

import { readFileSync } from 'node:fs';
import { type Client, connect } from '../client/connect.js';
import type { RouteBody, RouteResult } from '../contract/routes.js';
import type { Io } from './output.js';

/** The flags of every command that talks to a host. */
export const HOST_FLAGS = {
  host: {
    type: 'string',
    valueHint: 'url',
    description: 'the host (SPOOL_URL; default: the one of this home, else http://127.0.0.1:4319)',
  },
  token: { type: 'string', valueHint: 'token', description: 'who speaks (SPOOL_TOKEN; default: the token file of this home)' },
  json: { type: 'boolean', description: 'print JSON for programs' },
} as const;

export interface HostArgs {
  readonly host: string | undefined;
  readonly token: string | undefined;
}

export const DEFAULT_URL = 'http://127.0.0.1:4319';

/** Whether flags or environment name a host; if not, the one of this home is meant. */
export function namesHost(args: HostArgs, io: Io): boolean {
  return args.host !== undefined || (io.env['SPOOL_URL'] ?? '') !== '';
}

export interface HostAddress {
  readonly url: string;
  readonly token: string | undefined;
}

/** Where the host is that is meant, and what to show it. */
export function addressOf(args: HostArgs, io: Io): HostAddress {
  const named = args.host ?? (io.env['SPOOL_URL'] || undefined);
  const url = named ?? runningHost(io) ?? DEFAULT_URL;
  const token = args.token ?? (io.env['SPOOL_TOKEN'] || undefined) ?? (isOnThisMachine(url) ? read(io.places.token) : undefined);
  return { url, token };
}

/** A client for the host that is meant. Nothing is sent yet. */
export function clientOf(args: HostArgs, io: Io): Client {
  return connect(addressOf(args, io));
}

/** Our own token file is the key of hosts on this machine; it is not shown to others. */
export function isOnThisMachine(url: string): boolean {
  return URL.canParse(url) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

/** The host that has this home, as long as its process lives. */
function runningHost(io: Io): string | undefined {
  try {
    const file: unknown = JSON.parse(read(io.places.hostFile) ?? 'null');
    if (typeof file !== 'object' || file === null || !('url' in file) || !('pid' in file)) return undefined;
    if (typeof file.url !== 'string' || typeof file.pid !== 'number') return undefined;
    process.kill(file.pid, 0);
    return file.url;
  } catch {
    // Half written, or its process is gone: nobody to name.
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Missing or not ours to read: the host says what it thinks of a call without a token.
    return undefined;
  }
}

export type EffortName = RouteBody<'openSession'>['effort'] & string;

// Written out: the schema that holds the same words would load all schemas. The compiler compares them.
export const EFFORTS: EffortName[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'];

type WhoAnswers = 'ask' | 'auto' | 'deny';

const WHO_ANSWERS: WhoAnswers[] = ['ask', 'auto', 'deny'];

/** The flags of commands that open a session. */
export const SESSION_FLAGS = {
  agent: { type: 'string', valueHint: 'alias', description: 'the agent (default: default)' },
  cwd: { type: 'string', valueHint: 'dir', description: "where the agent works (default: the agent's own, else this directory)" },
  model: { type: 'string', valueHint: 'name', description: 'the model' },
  effort: { type: 'enum', options: EFFORTS, description: 'how hard it thinks' },
  thread: {
    type: 'string',
    valueHint: 'id',
    description: 'go on with a conversation of this id that was begun elsewhere, in the home of the agent',
  },
  approve: {
    type: 'enum',
    options: WHO_ANSWERS,
    description: "who answers what the agent asks: you, a yes or a no of the host (default: the agent's policy, then you)",
  },
} as const;

export interface SessionArgs {
  readonly agent: string | undefined;
  readonly cwd: string | undefined;
  readonly model: string | undefined;
  readonly effort: EffortName | undefined;
  readonly approve: WhoAnswers | undefined;
  readonly thread: string | undefined;
}

/** Opens a session as the flags say. The directory of the caller is meant only where the host is on the same machine. */
export async function openSession(client: Client, args: SessionArgs, title?: string): Promise<RouteResult<'openSession'>> {
  const { agent, model, effort, approve, thread } = args;
  const cwd = await directory(client, args);
  return await client.sessions.open({
    ...(agent === undefined ? {} : { agent }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(title === undefined ? {} : { title }),
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(approve === undefined ? {} : { approvals: { mode: approve } }),
    ...(thread === undefined ? {} : { threadId: thread }),
  });
}

async function directory(client: Client, args: SessionArgs): Promise<string | undefined> {
  const { resolve } = await import('node:path');
  if (args.cwd !== undefined) return isOnThisMachine(client.url) ? resolve(args.cwd) : args.cwd;
  if (!isOnThisMachine(client.url)) return undefined;
  const { items } = await client.agents.list();
  return items.find(({ alias }) => alias === (args.agent ?? 'default'))?.cwd === undefined ? process.cwd() : undefined;
}
