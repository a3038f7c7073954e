/** A skill: a folder with a SKILL.md that says in its front matter what the skill is for. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { SpoolError } from '../../base/errors.js';

export interface Skill {
  /** Of the front matter, else of the folder. */
  readonly name: string;
  readonly description: string;
  readonly folder: string;
  readonly file: string;
  /** Why Codex will pass over it; undefined when it is in order. */
  readonly fault: string | undefined;
}

const FrontMatter = z.object({ name: z.string().trim().min(1), description: z.string().trim().min(1) });

/** Throws `invalid-input` when it is no folder with a SKILL.md, naming it; what is wrong inside of that file is told by `fault`. */
export function readSkill(path: string): Skill {
  const hint = 'a skill is the absolute path of a folder that holds a SKILL.md';
  if (!isAbsolute(path)) throw new SpoolError('invalid-input', `the skill ${path} is not an absolute path`, { hint });
  const folder = resolve(path);
  const file = join(folder, 'SKILL.md');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const there = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
    const message = there ? `the skill ${folder} has no SKILL.md that can be read` : `the folder of the skill ${folder} does not exist`;
    throw new SpoolError('invalid-input', message, { hint, cause: error });
  }
  const front = frontMatterOf(text);
  const { name = basename(folder), description = '' } = typeof front === 'string' ? {} : front;
  return { name, description, folder, file, fault: typeof front === 'string' ? `${file} ${front}` : undefined };
}

/** The skills in a folder of skills, by name; what is none is passed over. */
export function skillsIn(folder: string): readonly Skill[] {
  let names: string[];
  try {
    names = readdirSync(folder).toSorted();
  } catch {
    // Nobody has written one yet.
    return [];
  }
  return names.flatMap((name) => {
    try {
      return [readSkill(join(folder, name))];
    } catch {
      // Half written, or something else that lies there.
      return [];
    }
  });
}

function frontMatterOf(text: string): z.infer<typeof FrontMatter> | string {
  const block = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text)?.[1];
  if (block === undefined) return 'does not begin with a front matter between lines of ---';
  try {
    const parsed = FrontMatter.safeParse(parse(block));
    return parsed.success ? parsed.data : 'has no name or no description in its front matter';
  } catch {
    return 'has a front matter that is not YAML';
  }
}
