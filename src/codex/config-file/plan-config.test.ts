import { expect, test } from 'vitest';
import type { ManagedConfig } from './managed-config.js';
import { planConfig, readManaged } from './plan-config.js';
import { readToml } from './toml-read.js';

const DOCS = { path: ['mcp_servers', 'docs'], values: { command: 'docs-server', args: ['--port', '1'], env: { A: '1' } } };
const PLUGIN = { path: ['plugins', 'x@market'], values: { enabled: true } };
const BOTH: ManagedConfig = { topLevel: { default_permissions: ':workspace' }, tables: [DOCS, PLUGIN] };
const TABLES: ManagedConfig = { tables: [DOCS, PLUGIN] };

const USER = `# my Codex
model = "gpt-5.5"   # mine

# how it looks
[tui]
theme = "dark"
`;

test('keys at the top stand before the first header and its comments, with the tables behind them, and the whole says what was meant', () => {
  const { text, ownWins, movedOut } = planConfig(USER, BOTH);
  const [before, block] = text.split('# >>> spool >>>');
  expect(before).toBe('# my Codex\nmodel = "gpt-5.5"   # mine\n\n');
  expect(block?.endsWith('\n# <<< spool <<<\n# how it looks\n[tui]\ntheme = "dark"\n')).toBe(true);
  expect(readToml(text)).toEqual({
    model: 'gpt-5.5',
    default_permissions: ':workspace',
    mcp_servers: { docs: { command: 'docs-server', args: ['--port', '1'], env: { A: '1' } } },
    plugins: { 'x@market': { enabled: true } },
    tui: { theme: 'dark' },
  });
  expect([ownWins, movedOut]).toEqual([[], []]);
});

test('tables alone stand at the end', () => {
  const { text } = planConfig(USER, TABLES);
  expect(text.startsWith(`${USER}# >>> spool >>> `)).toBe(true);
  expect(text.endsWith('\n# <<< spool <<<\n')).toBe(true);
});

test.each([
  ['an empty file', ''],
  ['no line end at the end', 'model = "x"'],
  ['no line end behind a table', '[tui]\ntheme = "x"'],
  ['blanks at the end', 'model = "x"\n[tui]\n   '],
  ['lines that end as on Windows', 'model = "x"\r\n\r\n[tui]\r\ntheme = "x"\r\n'],
  ['a mark of byte order before a header', '\uFEFF[tui]\ntheme = "x"\n'],
  ['a mark of byte order and nothing else', '\uFEFF'],
  ['only a comment', '# nothing yet'],
  ['a string that looks like a block', 'x = """\n# >>> spool >>> \n[mcp_servers.docs]\n# <<< spool <<<\n"""\n[tui]\n'],
  ['an array with comments that look like marks', 'x = [\n# >>> spool >>> \n1,\n# <<< spool <<<\n]\n[tui]\n'],
  ['arrays of tables', '[[hooks]]\na = 1\n[[hooks]]\na = 2\n[hooks.deep]\nb = 1\n'],
  ['tables of dotted keys', 'mcp_servers.mine.command = "m"\n[a]\nb.c = 1\n[a.b.d]\n'],
])('%s is left as it was: by a first run, a second one, other wishes, and the removal', (_, original) => {
  let text = original;
  for (const managed of [BOTH, TABLES, { topLevel: { default_permissions: ':read-only' } }, BOTH]) {
    text = planConfig(text, managed).text;
    expect(planConfig(text, managed).text).toBe(text);
    expect(readToml(text)).toMatchObject(readToml(original));
    expect(readManaged(text)).toEqual({ topLevel: {}, tables: [], ...managed });
  }
  expect(planConfig(text, {}).text).toBe(original);
});

test('a file whose lines end as on Windows gets a block whose lines do too', () => {
  expect(planConfig('model = "x"\r\n[tui]\r\n', BOTH).text).not.toMatch(/(?<!\r)\n/);
});

test.each([
  ['its header', '[mcp_servers.docs]\ncommand = "mine"\n'],
  ['a quoted header', '["mcp_servers" . \'docs\']\ncommand = "mine"\n'],
  ['dotted keys', 'mcp_servers.docs.command = "mine"\n'],
  ['dotted keys in a table', '[mcp_servers]\ndocs.command = "mine"\n'],
  ['an inline table', 'mcp_servers.docs = { command = "mine" }\n'],
  ['an inline table around it', 'mcp_servers = { docs = { command = "mine" } }\n'],
  ['an inline table of others, to which nothing can be added', 'mcp_servers = { other = { command = "mine" } }\n'],
  ['an array of tables', '[[mcp_servers.docs]]\ncommand = "mine"\n'],
  ['a table below it', '[mcp_servers.docs.env]\nA = "2"\n'],
])('what the user has himself is left to him and told: %s', (_, own) => {
  const { text, ownWins } = planConfig(own, { tables: [DOCS, PLUGIN] });
  expect(ownWins).toEqual(['mcp_servers.docs']);
  expect(text.startsWith(own)).toBe(true);
  expect(readToml(text)).toEqual({ ...readToml(own), plugins: { 'x@market': { enabled: true } } });
  expect(planConfig(text, { tables: [DOCS] })).toEqual({ text: own, ownWins: ['mcp_servers.docs'], movedOut: [] });
});

test('a key at the top is the user’s by any spelling, and in his own table of another name it is another key', () => {
  for (const own of ['default_permissions = "mine"\n', '"default_permissions" = 1\n', '[default_permissions]\n'])
    expect(planConfig(own, { topLevel: { default_permissions: ':workspace' } })).toMatchObject({
      text: own,
      ownWins: ['default_permissions'],
    });
  expect(planConfig('[tui]\ndefault_permissions = "x"\n', BOTH).ownWins).toEqual([]);
});

test('a name that the user gives to something of his own later, so that the file is no TOML with the block, is his from then on', () => {
  const { text } = planConfig(USER, BOTH);
  const own = '[mcp_servers.docs]\ncommand = "mine"\n';
  const planned = planConfig(text + own, BOTH);
  expect(planned.ownWins).toEqual(['mcp_servers.docs']);
  expect(readToml(planned.text)).toMatchObject({ mcp_servers: { docs: { command: 'mine' } }, default_permissions: ':workspace' });
  expect(planConfig(planned.text, {}).text).toBe(USER + own);
});

test('changes of Spool’s own names within the marks are undone; what others put there is the user’s and comes out whole', () => {
  const { text } = planConfig(USER, BOTH);
  const changed = text
    .replace('command = "docs-server"', 'command = "other"\njunk = 1')
    .replace('default_permissions = ":workspace"', 'default_permissions = ":workspace"\n# why\nmodel_verbosity = "low" # so')
    .replace('# <<< spool <<<', '\n# on\n[features]\napps = true\n[[hooks]]\na = 1\n# <<< spool <<<');
  const planned = planConfig(changed, BOTH);
  expect(planned.movedOut).toEqual(['model_verbosity', 'features', 'hooks']);
  const own = USER.replace('\n\n#', '\n\n# why\nmodel_verbosity = "low" # so\n#').replace(
    '# how',
    '# on\n[features]\napps = true\n[[hooks]]\na = 1\n# how',
  );
  expect(planned.text).toBe(planConfig(own, BOTH).text);
  expect(planConfig(planned.text, {}).text).toBe(own);
});

test('a table that Codex hangs below one of Spool’s, as for a tool that is allowed for good, stays and goes with it', () => {
  const { text } = planConfig(USER, BOTH);
  const allowed = text.replace('\n[plugins', '\n[mcp_servers.docs.tools.search]\napproval_mode = "approve"\n\n[plugins');
  const again = planConfig(allowed, BOTH);
  expect(again.movedOut).toEqual([]);
  expect(readToml(again.text)).toMatchObject({ mcp_servers: { docs: { tools: { search: { approval_mode: 'approve' } } } } });
  expect(planConfig(again.text, BOTH).text).toBe(again.text);
  expect(readManaged(again.text)).toEqual(BOTH);
  expect(planConfig(again.text, {}).text).toBe(USER);
});

test('a table of the user’s below one of Spool’s adds to it, and is not left in the air', () => {
  const own = '[mcp_servers.docs.tools.search]\napproval_mode = "approve"\n';
  const text = planConfig(USER, BOTH).text + own;
  expect(planConfig(text, BOTH)).toEqual({ text, ownWins: [], movedOut: [] });
  expect(() => planConfig(text, {})).toThrow(
    expect.objectContaining({ code: 'conflict', message: expect.stringContaining('[mcp_servers.docs.tools.search] hangs below it') }),
  );
});

test('keys that were written right behind the block are what they are without it', () => {
  const { text } = planConfig('model = "x"\n', BOTH);
  const planned = planConfig(`${text}model_verbosity = "low"\n`, BOTH);
  expect(readToml(planned.text)).toMatchObject({ model: 'x', model_verbosity: 'low' });
  expect(planConfig(planned.text, {}).text).toBe('model = "x"\nmodel_verbosity = "low"\n');
});

test.each([
  ['the first mark is gone', (text: string) => text.replace(/# >>> spool.*\n/, '')],
  ['the last mark is gone', (text: string) => text.replace(/# <<< spool.*\n/, '')],
  ['a mark is there twice', (text: string) => `${text}# >>> spool >>> \n`],
  ['something was written behind the last mark', (text: string) => text.replace('# <<< spool <<<', '# <<< spool <<< and more')],
  [
    'only one of the records is left',
    (text: string) => text.replace(/# >>> spool.*\n# spool wrote.*\n/, '').replace(/# <<< spool.*\n/, ''),
  ],
])('when %s, what is still as it was written is Spool’s, and all else is the user’s', (_, damage) => {
  const damaged = damage(planConfig(USER, BOTH).text);
  const planned = planConfig(damaged, BOTH);
  expect(planned.ownWins).toEqual([]);
  expect(readToml(planned.text)).toEqual(readToml(planConfig(USER, BOTH).text));
  expect(planConfig(planned.text, BOTH).text).toBe(planned.text);
  expect(readToml(planConfig(planned.text, {}).text)).toEqual(readToml(USER));
  const edited = planConfig(damaged.replace('docs-server', 'edited').replace('A = "1"', 'A = "2"'), BOTH);
  expect(edited.ownWins).toEqual(['mcp_servers.docs']);
  expect(readToml(edited.text)).toMatchObject({
    mcp_servers: { docs: { command: 'edited', env: { A: '2' } } },
    default_permissions: ':workspace',
  });
});

test('when nothing tells any more what Spool wrote, it is the user’s', () => {
  const { text } = planConfig(USER, BOTH);
  const bare = text.replaceAll(/# (?:>>> spool|<<< spool|spool wrote).*\n/g, '');
  expect(planConfig(bare, BOTH)).toEqual({
    text: bare,
    ownWins: ['default_permissions', 'mcp_servers.docs', 'plugins."x@market"'],
    movedOut: [],
  });
  expect(readManaged(bare)).toBeUndefined();
});

test.each([
  'x = = 1',
  'model = "a"\nmodel = "b"\n',
  '[tui\n',
  'x = """\n',
  `x = ${'['.repeat(20_000)}`,
  `x = '''${'y'.repeat(300_000)}'''`,
])('a text that is not TOML is refused: %.20s', (text) => {
  for (const call of [() => planConfig(text, BOTH), () => planConfig(text, {}), () => readManaged(text)])
    expect(call).toThrow(expect.objectContaining({ code: 'invalid-input', message: expect.stringContaining('config.toml') }));
});

test('the place of a mistake is told as an editor counts', () => {
  const told = { message: expect.stringMatching(/^my\.toml is not valid TOML at line 2, column 5: /), details: { line: 2, column: 5 } };
  expect(() => planConfig('a = 1\nx = = 1', BOTH, 'my.toml')).toThrow(expect.objectContaining(told));
});

test.each([
  [{ topLevel: { a: 1 }, tables: [{ path: ['a', 'b'], values: {} }] }],
  [{ tables: [DOCS, DOCS] }],
  [{ tables: [DOCS, { path: ['mcp_servers', 'docs', 'env'], values: {} }] }],
  [{ tables: [{ path: [], values: { a: 1 } }] }],
])('names that cannot stand beside each other are refused', (managed) => {
  expect(() => planConfig('', managed)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
});

test('a table below another one of Spool’s is one with it: whoever has the upper one has both', () => {
  const managed = { tables: [{ path: ['mcp_servers', 'docs', 'tools', 'x'], values: { approval_mode: 'approve' } }, DOCS] };
  expect(planConfig('[mcp_servers.docs]\ncommand = "mine"\n', managed).ownWins).toEqual(['mcp_servers.docs']);
  expect(readToml(planConfig('', managed).text)).toEqual({
    mcp_servers: { docs: { ...DOCS.values, tools: { x: { approval_mode: 'approve' } } } },
  });
});

test('names are keys like any other, whatever they are', () => {
  const names = ['] evil = "', 'a\nb', 'x.y', '', '__proto__', 'constructor', 'ключ', '# no'];
  const tables = names.map((name) => ({ path: ['mcp_servers', name], values: { command: name } }));
  const { text } = planConfig(USER, { tables });
  expect(Object.keys(readToml(text)['mcp_servers'] ?? {})).toEqual(names);
  expect(planConfig(text, { tables }).text).toBe(text);
  expect(planConfig(text, {}).text).toBe(USER);
  expect(Reflect.get({}, 'command')).toBeUndefined();
});
