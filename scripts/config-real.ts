/** A random configuration in a CODEX_HOME of its own: written into on disk, and read by the real Codex before and after. */

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runToEnd } from '../src/base/process.js';
import { sortedJson } from '../src/base/sorted-json.js';
import { editConfig, removeManaged } from '../src/codex/config-file/edit-config.js';
import type { ManagedConfig } from '../src/codex/config-file/managed-config.js';
import { dottedName } from '../src/codex/config-file/toml-write.js';
import { Dice } from '../src/testing/seeded.js';
import { randomConfig, randomManaged } from './random-config.js';

export interface RealCheck {
  /** Whether Codex could read what the user had. What it cannot is counted and nothing more. */
  readonly readable: boolean;
}

/** Throws with what did not hold. */
export async function checkReal(codex: string, seed: number, file: number): Promise<RealCheck> {
  const dice = new Dice(seed * 1_000_003 + file);
  const config = randomConfig(dice);
  const at = `file ${file} of seed ${seed}`;
  const home = await mkdtemp(join(tmpdir(), 'sp-config-'));
  const path = join(home, 'config.toml');
  try {
    await writeFile(path, config.text);
    const before = await serversOf(codex, home);
    for (let round = 1; round <= 3; round += 1) {
      const managed = randomManaged(dice);
      const { ownWins } = await editConfig(path, managed);
      const { mtimeNs } = await stat(path, { bigint: true });
      const again = await editConfig(path, managed);
      if (again.changed || (await stat(path, { bigint: true })).mtimeNs !== mtimeNs) throw new Error(`${at}: the second run wrote`);
      if (before !== undefined) checkServers(before, await serversOf(codex, home), { managed, ownWins }, `${at}, round ${round}`);
    }
    await removeManaged(path);
    if ((await readFile(path, 'utf8')) !== config.text) throw new Error(`${at}: what is left on disk is not what was there`);
    return { readable: before !== undefined };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

type Servers = ReadonlyMap<string, string>;

/** What Codex makes of each server; undefined when it cannot read the file. */
export async function serversOf(codex: string, home: string): Promise<Servers | undefined> {
  const env = { CODEX_HOME: home, HOME: home, PATH: process.env['PATH'] };
  const { code, stdout } = await runToEnd({ command: codex, args: ['mcp', 'list', '--json'], env, timeoutMs: 30_000 });
  if (code !== 0) return undefined;
  const listed = JSON.parse(stdout) as { name: string; transport: { command: string; args: string[]; env: unknown } }[];
  return new Map(listed.map((one) => [one.name, sortedJson(one)]));
}

/** The user's servers are as they were, and Spool's are there as they were meant. */
function checkServers(
  before: Servers,
  after: Servers | undefined,
  { managed, ownWins }: { managed: ManagedConfig; ownWins: readonly string[] },
  at: string,
): void {
  if (after === undefined) throw new Error(`${at}: Codex cannot read the file any more`);
  for (const [name, said] of before)
    if (after.get(name) !== said) throw new Error(`${at}: the server ${name} of the user's is not as it was`);
  const ours = (managed.tables ?? []).filter(({ path }) => path[0] === 'mcp_servers' && !ownWins.includes(dottedName(path)));
  for (const { path, values } of ours) {
    const said = after.get(path[1] ?? '') ?? '{}';
    const { transport } = JSON.parse(said) as { transport?: Record<string, unknown> };
    const same = ['command', 'args', 'env'].every((key) => sortedJson(transport?.[key] ?? null) === sortedJson(values[key] ?? null));
    if (!same) throw new Error(`${at}: Codex reads the server ${dottedName(path)} as ${said}`);
  }
  if (after.size !== before.size + ours.length) throw new Error(`${at}: Codex knows ${after.size} servers`);
}
