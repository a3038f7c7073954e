/** An agent's own CODEX_HOME and what Spool puts there: nothing of anybody else's is touched. */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
import { codexBinary } from '../../testing/index.js';
import { hasInstructions, isOverridden, removeInstructions, writeInstructions } from './instructions-file.js';
import { makeOwnHome } from './own-home.js';
import { readSkill, skillsIn } from './skill.js';
import { linkSkills } from './skill-links.js';

let root: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spool-home-'));
  home = join(root, 'home');
});

afterEach(() => rmSync(root, { recursive: true }));

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const OURS = '<!-- Composed by Spool for the agent a -->\n\n';

describe('an own home', () => {
  test("is its owner's alone, and making it again changes nothing but rights that are too wide", () => {
    makeOwnHome({ folder: home });
    expect([mode(home), readdirSync(home)]).toEqual(['700', []]);
    chmodSync(home, 0o755);
    makeOwnHome({ folder: home });
    expect(mode(home)).toBe('700');
  });

  test('has an empty auth.json when that is asked for, and a login that is there stays', () => {
    makeOwnHome({ folder: home, emptyAuthFile: true });
    const file = join(home, 'auth.json');
    expect([readFileSync(file, 'utf8'), mode(file)]).toEqual(['', '600']);
    writeFileSync(file, '{"OPENAI_API_KEY":"sk"}');
    makeOwnHome({ folder: home, emptyAuthFile: true });
    expect(readFileSync(file, 'utf8')).toBe('{"OPENAI_API_KEY":"sk"}');
  });

  test('the real Codex takes an empty auth.json for no login, and a login replaces it', () => {
    makeOwnHome({ folder: home, emptyAuthFile: true });
    const options = { env: { HOME: root, PATH: process.env['PATH'], CODEX_HOME: home }, encoding: 'utf8', stdio: 'pipe' } as const;
    expect(() => execFileSync(codexBinary(), ['login', 'status'], options)).toThrow(/status/);
    execFileSync(codexBinary(), ['login', '--with-api-key'], { ...options, input: 'sk-test-1234567890' });
    expect(execFileSync(codexBinary(), ['login', 'status'], options)).toBeDefined();
    expect(readFileSync(join(home, 'auth.json'), 'utf8')).toContain('sk-test-1234567890');
  });
});

describe('the file of instructions', () => {
  const file = (): string => join(home, 'AGENTS.md');

  test('is private, and written only when something has changed', () => {
    expect(writeInstructions({ file: file(), text: `${OURS}one` })).toBe('written');
    expect(mode(file())).toBe('600');
    const before = statSync(file());
    expect(writeInstructions({ file: file(), text: `${OURS}one` })).toBe('unchanged');
    expect(statSync(file()).ino).toBe(before.ino);
    expect(writeInstructions({ file: file(), text: `${OURS}two` })).toBe('written');
    expect([readFileSync(file(), 'utf8'), readdirSync(home)]).toEqual([`${OURS}two`, ['AGENTS.md']]);
  });

  test.each([
    ['a text of somebody else', () => writeFileSync(file(), '# Mine\n')],
    ['a link, whatever it leads to', () => symlinkSync('/dev/null', file())],
    ['a folder', () => mkdirSync(file())],
  ])('%s is left as it is', (_, put) => {
    makeOwnHome({ folder: home });
    put();
    const before = lstatSync(file());
    expect(writeInstructions({ file: file(), text: `${OURS}one` })).toBe('foreign');
    removeInstructions(file());
    expect([lstatSync(file()).ino, hasInstructions(file())]).toEqual([before.ino, false]);
  });

  test('an empty one takes ours, and ours can be removed', () => {
    makeOwnHome({ folder: home });
    writeFileSync(file(), '\n');
    removeInstructions(file());
    expect(existsSync(file())).toBe(true);
    expect(writeInstructions({ file: file(), text: `${OURS}one` })).toBe('written');
    removeInstructions(file());
    expect(existsSync(file())).toBe(false);
  });

  test('when it cannot be written the old one stays', () => {
    writeInstructions({ file: file(), text: `${OURS}one` });
    const write = (): never => {
      throw new SpoolError('storage-full', 'no space left on device');
    };
    expect(() => writeInstructions({ file: file(), text: `${OURS}two`, write })).toThrow('no space left');
    expect(readFileSync(file(), 'utf8')).toBe(`${OURS}one`);
  });

  test('an AGENTS.override.md hides it when it says something', () => {
    makeOwnHome({ folder: home });
    expect(isOverridden(home)).toBe(false);
    writeFileSync(join(home, 'AGENTS.override.md'), ' \n');
    expect(isOverridden(home)).toBe(false);
    writeFileSync(join(home, 'AGENTS.override.md'), 'Mine.');
    expect(isOverridden(home)).toBe(true);
  });
});

function skill(name: string, text = `---\nname: ${name}\ndescription: Does ${name}.\n---\n\nHow.\n`): string {
  const folder = join(root, 'skills', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'SKILL.md'), text);
  return folder;
}

describe('a skill', () => {
  test('has its name and description from its front matter', () => {
    const folder = skill('review', '\uFEFF---\r\nname: "Code review"\r\ndescription: >\r\n  Looks at\r\n  changes.\r\n---\r\nHow.');
    expect(readSkill(`${folder}/`)).toEqual({
      ...{ name: 'Code review', description: 'Looks at changes.', folder, file: join(folder, 'SKILL.md'), fault: undefined },
    });
  });

  test.each([
    ['How.', /does not begin with a front matter/],
    ['---\nname: review\n---\n', /has no name or no description/],
    ['---\nname: [\n---\n', /is not YAML/],
  ])('with the text %j is told to be faulty', (text, fault) => {
    expect(readSkill(skill('review', text))).toMatchObject({ name: 'review', fault: expect.stringMatching(fault) as string });
  });

  test('that is no folder with a SKILL.md is refused by its path', () => {
    const refused = (path: string): object | undefined => {
      try {
        return readSkill(path);
      } catch (error) {
        const { code, message } = SpoolError.from(error);
        return { code, message };
      }
    };
    mkdirSync(join(root, 'bare'));
    expect(refused(join(root, 'gone'))).toEqual({ code: 'invalid-input', message: `the folder of the skill ${root}/gone does not exist` });
    expect(refused(join(root, 'bare'))).toMatchObject({ code: 'invalid-input', message: expect.stringContaining('no SKILL.md') as string });
    expect(refused('skills/review')).toMatchObject({ code: 'invalid-input', message: expect.stringContaining('absolute') as string });
  });

  test('of a folder of skills is passed over when it is none', () => {
    skill('b');
    skill('a');
    mkdirSync(join(root, 'skills', 'half'));
    writeFileSync(join(root, 'skills', 'notes.md'), '');
    expect(skillsIn(join(root, 'skills')).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(skillsIn(join(root, 'nowhere'))).toEqual([]);
  });
});

describe('links to skills', () => {
  const links = (): Record<string, string> => {
    const folder = join(home, 'skills');
    const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
    return Object.fromEntries(
      names.map((name) => [name, lstatSync(join(folder, name)).isSymbolicLink() ? readlinkSync(join(folder, name)) : '']),
    );
  };
  const link = (...folders: string[]) =>
    linkSkills(
      home,
      folders.map((folder) => ({ folder })),
    );

  beforeEach(() => makeOwnHome({ folder: home }));

  test('are made, kept, and removed when the skill is no longer chosen', () => {
    const [a, b] = [skill('a'), skill('b')];
    expect(link(a, b)).toEqual({ added: ['a', 'b'], removed: [], inTheWay: [] });
    expect(link(a, b)).toEqual({ added: [], removed: [], inTheWay: [] });
    expect(link(b)).toEqual({ added: [], removed: ['a'], inTheWay: [] });
    expect(links()).toEqual({ b });
    link();
    expect(links()).toEqual({});
  });

  test('follow a skill that has moved', () => {
    link(skill('a'));
    const elsewhere = join(root, 'other', 'a');
    mkdirSync(elsewhere, { recursive: true });
    expect(link(elsewhere)).toEqual({ added: ['a'], removed: [], inTheWay: [] });
    expect(links()).toEqual({ a: elsewhere });
  });

  test('never take the place of what is there, and never remove it', () => {
    const [a, b, c] = [skill('a'), skill('b'), skill('c')];
    mkdirSync(join(home, 'skills', 'a'), { recursive: true });
    symlinkSync('/somewhere/else', join(home, 'skills', 'b'));
    symlinkSync(c, join(home, 'skills', 'c'));
    const before = links();
    expect(link(a, b, c).inTheWay).toEqual([
      expect.stringContaining(join(home, 'skills', 'a')),
      expect.stringContaining(join(home, 'skills', 'b')),
    ]);
    link();
    expect(links()).toEqual(before);
  });

  test('that somebody has changed since are no longer ours', () => {
    link(skill('a'));
    rmSync(join(home, 'skills', 'a'));
    symlinkSync('/somewhere/else', join(home, 'skills', 'a'));
    link();
    expect(links()).toEqual({ a: '/somewhere/else' });
  });

  test('of skills that are gone are removed too', () => {
    const a = skill('a');
    link(a);
    rmSync(a, { recursive: true });
    expect(link().removed).toEqual(['a']);
    expect(links()).toEqual({});
  });

  test('to two skills with folders of one name are made for the first', () => {
    const a = skill('a');
    const other = join(root, 'other', 'a');
    expect(link(a, other)).toEqual({ added: ['a'], removed: [], inTheWay: [expect.stringContaining(other) as string] });
  });
});
