/** The folder of one round: home, Codex home, work folder and what the processes say. It is kept when the round breaks. */

import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Place {
  readonly folder: string;
  /** SPOOL_HOME. */
  readonly home: string;
  readonly codexHome: string;
  readonly work: string;
  readonly stderr: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Makes the folder. Its path is short: sockets lie in it. */
export async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'ch-'));
  const place = {
    folder,
    home: join(folder, 'h'),
    codexHome: join(folder, 'codex'),
    work: join(folder, 'work'),
    stderr: join(folder, 'host.log'),
  };
  await mkdir(place.work);
  await writeFile(place.stderr, '');
  const env = { ...process.env, HOME: folder, SPOOL_HOME: place.home, CODEX_HOME: place.codexHome, SPOOL_LOG: 'debug' };
  return { ...place, env };
}

export async function removePlace({ folder }: Place): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
