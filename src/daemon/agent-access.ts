/**
 * Where agents' processes come in, for as long as the host lives. It opens a port only once an agent needs it; and at once when one was
 * open before, because processes that have outlived the host ask there already.
 */

import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, SpoolError } from '../base/errors.js';
import type { HomePaths } from '../base/home-paths.js';
import { writePrivateFile } from '../base/private-files.js';
import type { AgentAccess, AgentHandler, AgentListener } from '../doors/agent-listener.js';
import type { Logger } from '../ports/logger.js';

/** Below what systems hand out by themselves: there, somebody's outgoing connection may sit on the port when the host comes back for it. */
const PORTS = { from: 20_000, to: 30_000 } as const;
const TRIES = 16;

export interface AgentAccessParts {
  readonly paths: Pick<HomePaths, 'credentials' | 'run'>;
  readonly logger: Logger;
}

export function agentAccess({ paths, logger }: AgentAccessParts): AgentAccess {
  const stateFile = join(paths.run, 'agent-listener.json');
  const mounts = new Map<string, AgentHandler>();
  const before = readPort(stateFile);
  let admitted = false;
  let closed = false;
  let running: Promise<{ listener: AgentListener; secret: string }> | undefined;

  const start = (): Promise<{ listener: AgentListener; secret: string }> => {
    if (closed) return Promise.reject(new SpoolError('unavailable', 'the host is stopping'));
    running ??= open().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };
  const open = async (): Promise<{ listener: AgentListener; secret: string }> => {
    const { startAgentListener } = await import('../doors/agent-listener.js');
    // Beside the vault, where no command of an agent can read it.
    const secret = agentSecret(join(dirname(paths.credentials), 'agent-secret'));
    const listener = await onSomePort(before, (port) => startAgentListener({ secret, port, mounts }));
    if (before !== undefined && listener.port !== before) {
      logger.warn({ before, port: listener.port }, 'another program has taken the port for agents; those that run must be started anew');
    }
    writePrivateFile(stateFile, `${JSON.stringify({ port: listener.port })}\n`);
    return { listener, secret };
  };
  if (before !== undefined) {
    start().catch((error: unknown) => logger.warn({ err: error }, `the port for agents could not be opened: ${messageOf(error)}`));
  }
  return {
    mount: (prefix, handle) => void mounts.set(prefix, handle),
    async admit(alias) {
      admitted = true;
      const { listener, secret } = await start();
      const { agentToken } = await import('../doors/agent-listener.js');
      return { url: listener.url, token: agentToken(secret, alias) };
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      const { listener } = (await running?.catch(() => undefined)) ?? {};
      await listener?.[Symbol.asyncDispose]();
      // Nobody needed it any more, so the next start need not open it.
      if (!admitted) rmSync(stateFile, { force: true });
    },
  };
}

async function onSomePort<T>(before: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  const some = Array.from({ length: TRIES }, () => randomInt(PORTS.from, PORTS.to));
  for (const port of before === undefined ? some : [before, ...some]) {
    try {
      return await start(port);
    } catch (error) {
      if (SpoolError.from(error).code !== 'port-in-use') throw error;
    }
  }
  return await start(0);
}

function readPort(file: string): number | undefined {
  try {
    const state: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const port: unknown = typeof state === 'object' && state !== null ? Reflect.get(state, 'port') : undefined;
    return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  } catch {
    // Missing or damaged: nobody knows the address, or nobody can be helped to it.
    return undefined;
  }
}

/** Made once. A new one would shut out every process that runs. */
function agentSecret(file: string): string {
  try {
    const secret = readFileSync(file, 'utf8').trim();
    if (secret.length >= 32) return secret;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      throw new SpoolError('unavailable', `the secret of the agents' tokens cannot be read: ${file}`, {
        hint: 'give yourself the right to read it, or delete it and have a new one made',
        cause: error,
      });
    }
  }
  const secret = randomBytes(32).toString('base64url');
  writePrivateFile(file, `${secret}\n`);
  return secret;
}
