/**
 * Puts skills into a CODEX_HOME as links. Only links of ours are ever removed or changed; which those are stands in a file of the home,
 * which is written before the links change and after, so that a crash in between leaves none behind that nobody knows.
 */

import { lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '../../base/private-files.js';
import type { Skill } from './skill.js';

/** Name of a link to where it leads. */
type Links = ReadonlyMap<string, string>;

const Manifest = z.record(z.string(), z.string());

const MANIFEST = '.spool-skills.json';

export interface LinkedSkills {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Sentences about skills that are not linked, because something else has their name. */
  readonly inTheWay: readonly string[];
}

/** Links the skills, each by the name of its folder; the first of a name wins. Throws what the system says. */
export function linkSkills(home: string, skills: readonly Pick<Skill, 'folder'>[]): LinkedSkills {
  const folder = join(home, 'skills');
  const ours = readOurs(home);
  const { wanted, inTheWay } = byName(skills);
  const old = [...ours].filter(([name, target]) => wanted.get(name) !== target && targetOf(join(folder, name)) === target);
  const leaving = new Set(old.map(([name]) => name));
  const kept = new Map<string, string>();
  const added: string[] = [];
  for (const [name, target] of wanted) {
    const found = leaving.has(name) ? undefined : targetOf(join(folder, name));
    if (found === undefined) added.push(name);
    // A link of the user's that leads to the same place is as good as ours, and stays the user's.
    if (found === undefined || (found === target && ours.get(name) === target)) kept.set(name, target);
    else if (found !== target) inTheWay.push(`${target} is not linked: ${join(folder, name)} is there and was not put there by Spool`);
  }
  if (old.length + added.length > 0) {
    writeOurs(home, new Map([...ours, ...kept]));
    for (const [name] of old) rmSync(join(folder, name));
    if (added.length > 0) mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of added) symlinkSync(kept.get(name) ?? '', join(folder, name));
  }
  if (!same(kept, ours) || old.length + added.length > 0) writeOurs(home, kept);
  return { added, removed: [...leaving].filter((name) => !wanted.has(name)), inTheWay };
}

function byName(skills: readonly Pick<Skill, 'folder'>[]): { wanted: Map<string, string>; inTheWay: string[] } {
  const wanted = new Map<string, string>();
  const inTheWay: string[] = [];
  for (const skill of skills) {
    const name = basename(skill.folder);
    const first = wanted.get(name) ?? skill.folder;
    if (first !== skill.folder) inTheWay.push(`${skill.folder} is not linked: ${first}, another skill, has a folder of the same name`);
    wanted.set(name, first);
  }
  return { wanted, inTheWay };
}

/** Where a link leads; something that is no link leads nowhere. Undefined when there is nothing. */
function targetOf(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isSymbolicLink() ? readlinkSync(path) : '';
}

function same(a: Links, b: Links): boolean {
  return a.size === b.size && [...a].every(([name, target]) => b.get(name) === target);
}

function writeOurs(home: string, links: Links): void {
  writePrivateFile(join(home, MANIFEST), `${JSON.stringify(Object.fromEntries(links), null, 2)}\n`);
}

function readOurs(home: string): Links {
  try {
    const entries = Object.entries(Manifest.parse(JSON.parse(readFileSync(join(home, MANIFEST), 'utf8'))));
    // A name becomes part of a path.
    return new Map(entries.filter(([name]) => basename(name) === name));
  } catch {
    // None yet, or damaged: then no link counts as ours, and none is removed.
    return new Map();
  }
}
