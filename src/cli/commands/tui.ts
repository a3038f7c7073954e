/** `spool tui` */

import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { SpoolError } from '../../base/errors.js';
import type { RouteBody, RouteResult } from '../../contract/routes.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS, isOnThisMachine } from '../connect.js';
import type { Io } from '../output.js';
import { pickSession } from '../pick.js';

type Grants = NonNullable<RouteBody<'openTerminal'>['allow']>;

// Written out: the schema that holds the same words would load all schemas. The compiler compares them.
const GRANTS: Grants = ['shell', 'processes', 'config'];

/** Where Codex reads the token: the environment of its process, which other users of the machine cannot see. */
const TOKEN = 'SPOOL_TERMINAL_TOKEN';

/** Its interface has the conversation to itself, between the turns of the host. */
const ALONE = 'codex-code-cli';

export const tui = command({
  about:
    "Joins a session with Codex's own terminal interface: you see what everybody sees, and what you say and answer there is recorded with your name. Leaving it leaves everything running.",
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    allow: {
      type: 'string',
      valueHint: 'list',
      description: 'what you may do besides talking to the agent, as the owner: shell, processes, config (default: nothing)',
    },
    host: HOST_FLAGS.host,
    token: HOST_FLAGS.token,
  },
  async run(args, io) {
    if (io.stdin.isTTY !== true || io.stdout.isTTY !== true) {
      throw new SpoolError('invalid-input', 'this needs a terminal', { hint: '`spool attach` follows a session without one' });
    }
    const allow = grantsIn(args.allow);
    const client = clientOf(args, io);
    if (!isOnThisMachine(client.url)) {
      throw new SpoolError('unsupported', `a terminal joins on the machine of the host, and ${client.url} is another one`, {
        hint: 'log in there (ssh -t) and run it there, or use `spool attach`',
      });
    }
    const session = await pickSession(client, args.session);
    if (session.runtime === ALONE) {
      const { command: program, args: words, env, cwd } = await client.sessions.terminalCommand(session.id);
      const term = io.env['TERM'];
      const done = await ran(io, program, words, { cwd, env: { ...env, ...(term === undefined ? {} : { TERM: term }) } });
      io.note(io.ink(io.stderr).dim(`\`spool send ${session.id.slice(-6)}\` goes on where you left`));
      return done;
    }
    const terminal = await client.sessions.terminal(session.id, { allow });
    const { terminalCodex } = await import('../../daemon/terminal-codex.js');
    const program = await terminalCodex(io.env, terminal.version);
    const status = await sitDown(io, program, terminal, session.cwd);
    io.note(io.ink(io.stderr).dim(`the session goes on; \`spool tui ${session.id.slice(-6)}\` comes back to it`));
    return status;
  },
});

function grantsIn(text: string | undefined): Grants {
  const names = (text ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  return names.map((name) => {
    const grant = GRANTS.find((one) => one === name);
    if (grant !== undefined) return grant;
    throw new SpoolError('invalid-input', `${JSON.stringify(name)} cannot be allowed`, { hint: `there are: ${GRANTS.join(', ')}` });
  });
}

async function sitDown(io: Io, program: string, terminal: RouteResult<'openTerminal'>, cwd: string): Promise<number> {
  const { threadId, url, token } = terminal;
  const args = ['resume', threadId, '--remote', url, '--remote-auth-token-env', TOKEN, '-c', 'check_for_update_on_startup=false'];
  // Where the agent works, so that files are found by the names that it uses.
  return await ran(io, program, args, { ...(isFolder(cwd) ? { cwd } : {}), env: { ...io.env, [TOKEN]: token } });
}

/** Runs a program that has this terminal to itself, and tells its exit status. */
async function ran(io: Io, program: string, args: readonly string[], options: { cwd?: string; env: NodeJS.ProcessEnv }): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  // Ctrl-C is a key there, and reaches Codex from the terminal itself.
  using _interrupts = io.interrupts.take((_, status) => {
    if (status !== 130) child.kill('SIGTERM');
  });
  return await statusOf(child);
}

function statusOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(SpoolError.from(error)));
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal])));
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
