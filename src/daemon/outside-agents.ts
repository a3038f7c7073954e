/** Agents from elsewhere, a file each in the home: who they are, how they take part in tasks, and a digest of their token. */

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, SpoolError } from '../base/errors.js';
import { parseWith } from '../base/explain-issues.js';
import { makePrivateFolder, writePrivateFile } from '../base/private-files.js';
import { TaskSettings } from '../contract/task.js';
import { Alias } from '../contract/words.js';
import { isReservedName } from '../domain/tasks/names.js';
import type { AgentDirectory } from '../ports/agents.js';
import type { Logger } from '../ports/logger.js';
import type { AdmittedOutsider, OutsideDirectory } from '../ports/outside-agents.js';

const Kept = z.strictObject({ alias: Alias, tasks: TaskSettings, createdAt: z.string(), tokenDigest: z.string() });
type Kept = z.infer<typeof Kept>;

const ENDING = '.json';

/**
 * Reads the folder once; what is changed is written at once. A file that cannot be read is left out with a word in the log: its agent has
 * to be admitted anew, and nobody else has to wait for that.
 */
export function outsideAgents(folder: string, logger: Logger): OutsideDirectory {
  const agents = new Map<string, Kept>();
  const aliases = new Map<string, string>();
  const keep = (kept: Kept): void => {
    agents.set(kept.alias, kept);
    aliases.set(kept.tokenDigest, kept.alias);
  };
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(ENDING)) : [];
  for (const name of files) {
    try {
      keep(read(folder, name));
    } catch (error) {
      logger.error({ file: join(folder, name) }, `an agent from elsewhere cannot come in: ${messageOf(error)}`);
    }
  }
  const shown = (alias: string): AdmittedOutsider | undefined => {
    const kept = agents.get(alias);
    return kept === undefined ? undefined : view(kept);
  };
  return {
    get: shown,
    list: () => [...agents.values()].map(view),
    byToken: (token) => shown(aliases.get(digestOf(token)) ?? ''),
    async admit(alias, tasks) {
      if (agents.has(alias)) throw new SpoolError('conflict', `there is an agent from elsewhere called ${alias} already`);
      const token = `spool_${alias}_${randomBytes(32).toString('base64url')}`;
      const kept: Kept = { alias, tasks, createdAt: new Date().toISOString(), tokenDigest: digestOf(token) };
      makePrivateFolder(folder);
      writePrivateFile(join(folder, `${alias}${ENDING}`), `${JSON.stringify(kept, null, 2)}\n`);
      keep(kept);
      return { agent: view(kept), token };
    },
    async dismiss(alias) {
      const kept = agents.get(alias);
      if (kept === undefined) return undefined;
      rmSync(join(folder, `${alias}${ENDING}`), { force: true });
      agents.delete(alias);
      aliases.delete(kept.tokenDigest);
      return view(kept);
    },
  };
}

function view({ alias, tasks, createdAt }: Kept): AdmittedOutsider {
  return { alias, tasks, createdAt };
}

/** The tokens are long and random, so a plain digest gives nothing away, and looking one up by it takes no time that tells anything. */
function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** The text of a file that is damaged may hold anything, so none of it is repeated. */
function read(folder: string, name: string): Kept {
  const kept = parseWith(Kept, parsed(readFileSync(join(folder, name), 'utf8')), 'the file');
  // Under another name it would stay when its agent is dismissed, and let it in again at the next start.
  if (isReservedName(kept.alias)) throw new SpoolError('invalid-input', `no agent can be called ${kept.alias}: somebody else is`);
  if (name === `${kept.alias}${ENDING}`) return kept;
  throw new SpoolError('invalid-input', `the file of ${kept.alias} is to be called ${kept.alias}${ENDING}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SpoolError('invalid-input', 'the file is no JSON');
  }
}

/** The same agents of this host, where none is made under the name of somebody else. */
export function besideOutsiders(agents: AgentDirectory, outside: OutsideDirectory): AgentDirectory {
  return {
    ...agents,
    async create(config) {
      if (isReservedName(config.alias)) {
        throw new SpoolError('conflict', `no agent can be called ${config.alias}: somebody else is`, { hint: 'give it another alias' });
      }
      if (outside.get(config.alias) !== undefined) {
        throw new SpoolError('conflict', `there is an agent from elsewhere called ${config.alias}`, {
          hint: 'give it another alias, or dismiss the one from elsewhere first',
        });
      }
      return await agents.create(config);
    },
  };
}
