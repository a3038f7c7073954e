/** Agents from elsewhere, a file each in the home: who they are, how they take part in tasks, and a digest of their token. */

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, SpoolError } from '../base/errors.js';
import { makePrivateFolder, writePrivateFile } from '../base/private-files.js';
import { TaskSettings } from '../contract/task.js';
import { Alias } from '../contract/words.js';
import type { AdmittedOutsider, OutsideDirectory } from '../ports/outside-agents.js';

const Kept = z.strictObject({ alias: Alias, tasks: TaskSettings, createdAt: z.string(), tokenDigest: z.string() });
type Kept = z.infer<typeof Kept>;

const ENDING = '.json';

/** Reads the folder once; what is changed is written at once. Throws `invalid-input` for a file that cannot be read, naming it. */
export function outsideAgents(folder: string): OutsideDirectory {
  const agents = new Map<string, Kept>();
  const aliases = new Map<string, string>();
  const keep = (kept: Kept): void => {
    agents.set(kept.alias, kept);
    aliases.set(kept.tokenDigest, kept.alias);
  };
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(ENDING)) : [];
  for (const name of files) keep(read(join(folder, name)));
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

function read(file: string): Kept {
  try {
    return Kept.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new SpoolError('invalid-input', `${file} cannot be read: ${messageOf(error)}`, {
      hint: 'mend it, or remove it and admit the agent anew',
      cause: error,
    });
  }
}
