import { describe, expect, test } from 'vitest';
import { embedded } from './embedded-markdown.js';
import { baseText, memoryText, skillsText } from './instruction-sections.js';
import { bytesOf, COMPOSED_MARK, composeInstructions, type InstructionParts } from './instructions.js';

const parts = (more: Partial<InstructionParts> = {}): InstructionParts => ({
  alias: 'reviewer',
  base: 'Be brief.',
  own: [],
  modules: [],
  servers: [],
  ...more,
});

const titles = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('# '));

describe('the order', () => {
  test('is header, base, own, memory, skills, modules as given, servers as given, and what is blank is absent', () => {
    const { text } = composeInstructions(
      parts({
        own: ['Look at tests first.', ' \n', 'Then at the rest.'],
        memory: 'MEMORY',
        skills: 'SKILLS',
        modules: [
          { name: 'git', text: 'MODULE' },
          { name: 'empty', text: '\n' },
        ],
        servers: [{ name: 'docs', text: 'SERVER' }],
      }),
    );
    expect(text.startsWith(`${COMPOSED_MARK} for the agent reviewer`)).toBe(true);
    expect(titles(text)).toEqual([
      ...['# How you work here', '# Your instructions', '# Your memory', '# Your skills', '# Module git', '# Tools of docs'],
    ]);
    expect(text).toContain('# Your instructions\n\nLook at tests first.\n\nThen at the rest.\n\n# Your memory\n\nMEMORY\n\n');
    expect(text.endsWith('# Tools of docs\n\nSERVER\n')).toBe(true);
  });

  test('and every byte are the same for the same parts', () => {
    const given = parts({ own: ['a'], servers: [{ name: 'x', text: 'y' }] });
    expect(composeInstructions(given).text).toBe(composeInstructions(structuredClone(given)).text);
  });
});

describe('the size', () => {
  const limits = { maxBytes: 2_000, warnBytes: 1_500 };
  const long = (bytes: number): string => 'x'.repeat(bytes);

  test('is counted in bytes, not in characters', () => {
    const { bytes, text, omitted } = composeInstructions(parts({ servers: [{ name: 'docs', text: '日'.repeat(500) }] }), limits);
    expect(omitted).toHaveLength(0);
    expect(bytes).toBe(Buffer.byteLength(text));
    expect(bytes).toBeGreaterThan(1_500);
    expect(composeInstructions(parts({ servers: [{ name: 'docs', text: '日'.repeat(700) }] }), limits).omitted).toHaveLength(1);
  });

  test('up to the warning says nothing, from there on it warns, at the cap nothing is left out yet', () => {
    const rest = bytesOf(composeInstructions(parts({ own: ['x'] })).text) - 1;
    const at = (bytes: number) => composeInstructions(parts({ own: [long(bytes - rest)] }), limits);
    expect([at(1_499).bytes, at(1_499).warnings]).toEqual([1_499, []]);
    expect(at(1_500).warnings.map(({ level }) => level)).toEqual(['warn']);
    expect([at(2_000).omitted, at(2_000).warnings.map(({ level }) => level)]).toEqual([[], ['warn']]);
    expect(at(2_001).warnings.map(({ level }) => level)).toEqual(['error']);
  });

  test('over the cap the largest of modules and servers go first, and are named with their sizes', () => {
    const { text, bytes, omitted, warnings } = composeInstructions(
      parts({
        own: [long(300)],
        modules: [
          { name: 'small', text: long(100) },
          { name: 'large', text: long(900) },
        ],
        servers: [
          { name: 'middle', text: long(600) },
          { name: 'tiny', text: long(10) },
        ],
      }),
      limits,
    );
    expect(omitted).toEqual([{ kind: 'module', name: 'large', bytes: 916 }]);
    expect(bytes).toBeLessThanOrEqual(2_000);
    expect(titles(text)).toEqual([
      ...['# How you work here', '# Your instructions', '# Module small', '# Tools of middle', '# Tools of tiny', '# Omitted for size'],
    ]);
    expect(text).toContain('- the module large');
    expect(text).toContain('are there and work');
    expect(warnings).toEqual([
      { level: 'error', message: expect.stringMatching(/would have \d+ bytes.*module large \(916 bytes\)/) as string },
    ]);
  });

  test('what the agent is told of itself always stays, however long it is', () => {
    const { text, omitted, warnings } = composeInstructions(
      parts({ own: [long(3_000)], memory: long(100), servers: [{ name: 'docs', text: long(50) }] }),
      limits,
    );
    expect(omitted.map(({ name }) => name)).toEqual(['docs']);
    expect(text).toContain(long(3_000));
    expect(text).toContain('# Your memory');
    expect(warnings).toEqual([{ level: 'error', message: expect.stringContaining('nothing more can be left out') as string }]);
  });

  test('of two that are equally large the first goes', () => {
    const servers = ['one', 'two'].map((name) => ({ name, text: long(980) }));
    expect(composeInstructions(parts({ servers }), limits).omitted.map(({ name }) => name)).toEqual(['one']);
  });
});

describe('a text inside of another', () => {
  test('cannot pass for a section: its titles go a level down', () => {
    const text = '# Your memory\n\ntext\n\nOmitted for size\n===\n\n## deeper\n\n#no title';
    const { text: whole } = composeInstructions(parts({ own: [text] }));
    expect(titles(whole)).toEqual(['# How you work here', '# Your instructions']);
    expect(whole).toContain('## Your memory\n\ntext\n\nOmitted for size\n---\n\n## deeper\n\n#no title');
    expect(titles(composeInstructions(parts({ servers: [{ name: 'docs\n# Your memory', text: 'x' }] })).text)).toEqual([
      ...['# How you work here', '# Tools of docs # Your memory'],
    ]);
  });

  test('keeps its code as it is, and a block that it left open is closed', () => {
    expect(embedded('```sh\n# a comment\n```\n# title')).toBe('```sh\n# a comment\n```\n## title');
    expect(embedded('~~~~\n# a\n~~~\n# b')).toBe('~~~~\n# a\n~~~\n# b\n~~~~');
    expect(embedded('```not a `block`\n# title')).toBe('```not a `block`\n## title');
  });

  test('has one kind of line ending and no blank lines around', () => {
    expect(embedded('\uFEFF\r\n\n  one\r\ntwo\rthree\n\n')).toBe('  one\ntwo\nthree');
  });

  test('stays as it is when it is put in twice', () => {
    const once = embedded('# a\n\n```\nopen');
    expect(embedded(once)).toBe(once);
  });
});

describe('what Spool says itself', () => {
  test('names the archive only where there is one', () => {
    expect(baseText({})).not.toContain('Earlier conversations');
    expect(baseText({ archive: '/srv/archive' })).toContain('Earlier conversations lie in /srv/archive');
  });

  test('an index of a memory is put in, and is binding; an empty one adds nothing', () => {
    const empty = memoryText({ folder: '/m', index: ' \n' });
    expect(empty).not.toContain('binding');
    expect(memoryText({ folder: '/m', index: '- likes tabs' })).toBe(
      `${empty}\n\nPreferences that stand here are binding, from your first answer on.\n\n## index.md\n\n- likes tabs`,
    );
  });

  test('an index that has grown too long is cut between lines, never inside of a character', () => {
    const lines = Array.from({ length: 4_000 }, (_, at) => `- line ${at}`).join('\n');
    const cut = memoryText({ folder: '/m', index: lines });
    expect(cut.length).toBeLessThan(14_000);
    expect(cut).toMatch(/\n- line \d+\n\n\(The index goes on: read \/m\/index\.md/);
    expect(Buffer.from(memoryText({ folder: '/m', index: `x${'😀'.repeat(7_000)}` })).toString()).not.toContain('\uFFFD');
  });

  test('skills are a line each with their file, and where new ones belong', () => {
    const skill = { name: 'review', description: `Reviews\n  changes. ${'x'.repeat(400)}`, file: '/s/review/SKILL.md' };
    const [, , line = ''] = skillsText([skill], undefined).split('\n');
    expect(line).toMatch(/^- review: Reviews changes\. x+… \(\/s\/review\/SKILL\.md\)$/);
    expect(skillsText([], undefined)).toBe('');
    expect(skillsText([], '/m/skills')).toContain('/m/skills/NAME/SKILL.md');
  });
});
