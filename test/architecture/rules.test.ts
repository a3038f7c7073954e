/** Proof that the rules bite: each is shown a sample that breaks it, and one that is fine. */

import { describe, expect, test } from 'vitest';
import {
  clientBeyondTheBrowser,
  implementationsKnownOutsideTheDaemon,
  importCycles,
  importsAgainstTheFloors,
  importsBehindTheFace,
} from './floors.js';
import { importsOf } from './imports.js';
import { scan } from './scan.js';
import {
  defaultExports,
  filesOverTheCeiling,
  filesWithoutFirstWords,
  functionsOverTheCeiling,
  namesOfAWorkplace,
  namesThatSayNothing,
  sideEffectImports,
  starExports,
  tooMuchInLongFiles,
} from './shape.js';
import { type Finding, type Source, show } from './source.js';
import {
  checksSilenced,
  checksSwitchedOff,
  childProcessOutsideItsRooms,
  emptyCatches,
  impureDomain,
  nodeWordsInTheClient,
  processOutsideDaemonAndCli,
  runtimeMethodsAboveTheTranslator,
  storesOutsideTheirRooms,
  testsThatSleepOrHide,
} from './words.js';

type Rule = (sources: readonly Source[]) => Finding[];

function file(path: string, text: string): Source {
  return { path, text };
}

/** Where a rule finds something, as `path:line`. */
function places(rule: Rule, ...sources: readonly Source[]): string[] {
  return rule(sources).map(({ path, line }) => `${path}:${line}`);
}

function bites(rule: Rule, path: string, bad: string): void {
  expect(places(rule, file(path, bad)), `${path} with: ${bad}`).not.toEqual([]);
}

function lets(rule: Rule, path: string, good: string): void {
  expect(show(rule([file(path, good)])), `${path} with: ${good}`).toEqual([]);
}

const linesOf = (count: number, line = 'x();'): string => `${line}\n`.repeat(count);
const noReasons = { files: {}, functions: {} };

describe('Reading', () => {
  test('comments, strings, templates and regular expressions are not code, and all offsets stay', () => {
    const text = ['a(/[/"]x/, "b//c", `d', '{e(`f`)}g`); // h\n/* i\n */ j / k / l;'].join('$');
    const { code, comments, strings } = scan(text);
    expect(code).toHaveLength(text.length);
    expect(code.match(/\w/g)?.join('')).toBe('aejkl');
    expect(comments.map((comment) => comment.text)).toEqual(['// h', '/* i\n */']);
    expect(strings.map((string) => string.text)).toEqual(['b//c', 'd', 'f', 'g']);
  });

  test('imports are found in every form, with their lines', () => {
    const text = [
      "import type { A } from './a.js';",
      'import {',
      '  type B,',
      '  b,',
      "} from './b.js';",
      "export { c } from './c.js';",
      "export * from './d.js';",
      "import './e.js';",
      "const f = await import('./f.js');",
      "// import './g.js';",
      'const h = "import \'./h.js\'";',
      "let i: import('./i.js').I;",
    ].join('\n');
    const found = importsOf(file('src/x.ts', text)).map(
      ({ specifier, line, kind, typeOnly }) => `${line} ${kind} ${specifier} ${typeOnly}`,
    );
    expect(found).toEqual([
      '1 import ./a.js true',
      '2 import ./b.js false',
      '6 export ./c.js false',
      '7 all ./d.js false',
      '8 effect ./e.js false',
      '9 lazy ./f.js false',
      '12 lazy ./i.js true',
    ]);
  });
});

describe('Rooms', () => {
  test('an import that goes up is found', () => {
    expect(places(importsAgainstTheFloors, file('src/base/x.ts', "\nimport type { A } from '../contract/a.js';"))).toEqual([
      'src/base/x.ts:2',
    ]);
    bites(importsAgainstTheFloors, 'src/host/x.ts', "const a = await import('../doors/http/a.js');");
    bites(importsAgainstTheFloors, 'src/daemon/x.ts', "export { a } from '../cli/a.js';");
    lets(importsAgainstTheFloors, 'src/host/x.ts', "import { a } from '../ports/log.js';");
    lets(importsAgainstTheFloors, 'src/host/x.test.ts', "import { a } from '../daemon/a.js';");
  });

  test('an import between siblings is found', () => {
    bites(importsAgainstTheFloors, 'src/domain/x.ts', "import { a } from '../ports/log.js';");
    bites(importsAgainstTheFloors, 'src/codex/x.ts', "import { a } from '../log/feed.js';");
    bites(importsAgainstTheFloors, 'src/log/sqlite/x.ts', "import { a } from '../memory/log.js';");
    bites(importsAgainstTheFloors, 'src/doors/http/x.ts', "import { a } from '../ws/frames.js';");
    bites(importsAgainstTheFloors, 'src/log/feed.ts', "import { a } from './sqlite/log.js';");
    lets(importsAgainstTheFloors, 'src/log/sqlite/x.ts', "import { a } from '../feed.js';");
    lets(importsAgainstTheFloors, 'src/codex/app-server/x.ts', "import { a } from '../wire/client.js';");
  });

  test('a room beside the stairs imports only what is listed for it', () => {
    bites(importsAgainstTheFloors, 'src/client/x.ts', "import { a } from '../host/face.js';");
    bites(importsAgainstTheFloors, 'src/daemon/x.ts', "import { a } from '../client/connect.js';");
    lets(importsAgainstTheFloors, 'src/daemon/x.ts', "import { a } from '../client/query.js';");
    bites(importsAgainstTheFloors, 'src/testing/x.ts', "import { a } from '../daemon/start.js';");
    bites(importsAgainstTheFloors, 'src/cli/commands/ls.ts', "import { a } from '../../daemon/start.js';");
    bites(importsAgainstTheFloors, 'src/index.ts', "export { a } from './codex/a.js';");
    bites(importsAgainstTheFloors, 'src/doors/http/x.ts', "import { a } from '../../testing/a.js';");
    lets(importsAgainstTheFloors, 'src/cli/commands/serve.ts', "import { a } from '../../daemon/start.js';");
    lets(importsAgainstTheFloors, 'src/cli/start-host.ts', "const a = await import('../daemon/start.js');");
  });

  test('a room without a floor and an import out of src are found', () => {
    bites(importsAgainstTheFloors, 'src/attic/x.ts', "import { a } from '../base/errors.js';");
    bites(importsAgainstTheFloors, 'src/base/x.ts', "import { a } from '../../test/a.js';");
  });

  test('a host or a door that knows a log or a runtime is found', () => {
    bites(implementationsKnownOutsideTheDaemon, 'src/host/x.ts', "import { a } from '../log/sqlite/log.js';");
    bites(implementationsKnownOutsideTheDaemon, 'src/doors/http/x.ts', "import { a } from '../../codex/a.js';");
    lets(implementationsKnownOutsideTheDaemon, 'src/daemon/x.ts', "import { a } from '../codex/a.js';");
  });

  test('a door that looks behind the face of the host is found', () => {
    bites(importsBehindTheFace, 'src/doors/http/x.ts', "import { a } from '../../host/session.js';");
    lets(importsBehindTheFace, 'src/doors/http/x.ts', "import { a } from '../../host/face.js';");
  });

  test('a cycle is found once, and types make none', () => {
    const a = file('src/base/a.ts', "import { b } from './b.js';");
    const b = file('src/base/b.ts', "import { c } from './c.js';");
    expect(places(importCycles, a, b, file('src/base/c.ts', "import { a } from './a.js';"))).toHaveLength(1);
    expect(places(importCycles, a, b, file('src/base/c.ts', "import type { a } from './a.js';"))).toEqual([]);
  });

  test('what a browser cannot run is found, however far the client reaches for it', () => {
    const client = file('src/client/x.ts', "import { a } from '../base/a.js';");
    expect(places(clientBeyondTheBrowser, client, file('src/base/a.ts', "import { readFile } from 'node:fs';"))).toEqual([
      'src/base/a.ts:1',
    ]);
    expect(places(clientBeyondTheBrowser, client, file('src/base/a.ts', "import { z } from 'zod';"))).toEqual([]);
    bites(nodeWordsInTheClient, 'src/client/x.ts', "Buffer.from('a');");
    lets(nodeWordsInTheClient, 'src/client/x.ts', "// Buffer.from('a')");
  });

  test('a driver, a child process or the process itself in the wrong room is found', () => {
    bites(childProcessOutsideItsRooms, 'src/codex/x.ts', "import { spawn } from 'node:child_process';");
    lets(childProcessOutsideItsRooms, 'src/base/process.ts', "import { spawn } from 'node:child_process';");
    bites(storesOutsideTheirRooms, 'src/host/x.ts', "import Database from 'libsql';");
    bites(storesOutsideTheirRooms, 'src/log/memory/x.ts', "import { DatabaseSync } from 'node:sqlite';");
    lets(storesOutsideTheirRooms, 'src/log/sqlite/x.ts', "const driver = await import('libsql');");
    for (const bad of [
      'process.env.HOME',
      'process.exit(1)',
      "process.on('SIGTERM', f)",
      'const { env } = process;',
      "import { env } from 'node:process';",
    ]) {
      bites(processOutsideDaemonAndCli, 'src/codex/x.ts', bad);
      lets(processOutsideDaemonAndCli, 'src/daemon/x.ts', bad);
    }
  });

  test('an impure domain is found', () => {
    for (const bad of ['async () => 1', 'Date.now()', 'new Date(0)', 'Math.random()', 'setTimeout(f, 1)', "import { a } from 'node:fs';"]) {
      bites(impureDomain, 'src/domain/x.ts', bad);
      lets(impureDomain, 'src/host/x.ts', bad);
    }
    lets(impureDomain, 'src/domain/x.ts', '/** Never async. */ const dated = 1;');
  });

  test('a method of Codex above the translator is found', () => {
    for (const bad of ["f('turn/start')", "f('thread/resume')", "if (m === 'item/agentMessage/delta') f();"]) {
      bites(runtimeMethodsAboveTheTranslator, 'src/doors/http/x.ts', bad);
      lets(runtimeMethodsAboveTheTranslator, 'src/codex/x.ts', bad);
    }
    lets(runtimeMethodsAboveTheTranslator, 'src/doors/http/x.ts', "f('/v1/sessions/{id}/turns', 'turn.started')");
  });
});

describe('Files', () => {
  test('a long file needs a reason, and a very long one has none', () => {
    const reasons = { files: { 'src/a.ts': 'one table, in the order of the protocol' }, functions: {} };
    const over = (lines: number, ceilings: typeof noReasons) => filesOverTheCeiling([file('src/a.ts', linesOf(lines))], ceilings);
    expect(over(400, noReasons)).toEqual([]);
    expect(over(401, noReasons)).toHaveLength(1);
    expect(over(401, reasons)).toEqual([]);
    expect(over(601, reasons)).toHaveLength(1);
    expect(over(10, reasons), 'a reason that nothing needs').toHaveLength(1);
  });

  test('too large a share of long files is found', () => {
    const long = file('src/a.ts', linesOf(500));
    expect(tooMuchInLongFiles([long, file('src/b.ts', linesOf(4499))])).toHaveLength(1);
    expect(
      tooMuchInLongFiles([long, file('src/b.ts', linesOf(300)), ...Array.from({ length: 14 }, () => file('src/c.ts', linesOf(300)))]),
    ).toEqual([]);
  });

  test('a long function needs a reason, whatever way it is written', () => {
    const body = linesOf(60, '    x();');
    const samples = {
      run: `export async function run(a: string): Promise<{ b: number }> {\n${body}}\n`,
      tell: `const tell = async (a: string) => {\n${body}};\n`,
      '#walk': `class A {\n  #walk<T>(a: T): void {\n${body}  }\n}\n`,
      many: `function many(\n  a: string,\n  b: string,\n): void {\n${body}}\n`,
    };
    for (const [name, text] of Object.entries(samples)) {
      expect(functionsOverTheCeiling([file('src/a.ts', text)], noReasons).map(({ what }) => what.split(' ')[0])).toEqual([name]);
      expect(
        functionsOverTheCeiling([file('src/a.ts', text)], {
          files: {},
          functions: { [`src/a.ts#${name}`]: 'one switch over all of the events' },
        }),
      ).toEqual([]);
    }
    for (const text of [
      `class A {\n${body}}\n`,
      `const a = {\n${body}};\n`,
      `const a = z.object({\n${body}});\n`,
      `interface A {\n${body}}\n`,
    ])
      expect(functionsOverTheCeiling([file('src/a.ts', text)], noReasons)).toEqual([]);
  });

  test('a file that does not say what it is for is found', () => {
    bites(filesWithoutFirstWords, 'src/a.ts', 'export const a = 1;');
    bites(filesWithoutFirstWords, 'src/a.ts', '/** */\nexport const a = 1;');
    lets(filesWithoutFirstWords, 'src/a.ts', '#!/usr/bin/env node\n/** Starts the program. */\n');
    lets(filesWithoutFirstWords, 'src/a.ts', '/**\n * Starts the program.\n */\n');
  });

  test('a file name that says nothing is found', () => {
    for (const name of ['utils', 'helpers', 'types', 'index', 'camelCase', 'Upper']) bites(namesThatSayNothing, `src/host/${name}.ts`, '');
    for (const path of ['src/index.ts', 'src/host/turn-error.ts', 'src/host/turn-error.test.ts']) lets(namesThatSayNothing, path, '');
  });

  test('star exports, default exports and side effects are found', () => {
    bites(starExports, 'src/a.ts', "export * from './b.js';");
    bites(starExports, 'src/a.ts', "export * as b from './b.js';");
    lets(starExports, 'src/a.ts', "export { b } from './b.js';");
    bites(defaultExports, 'src/a.ts', 'export default 1;');
    bites(defaultExports, 'src/a.ts', 'export { a as default };');
    bites(sideEffectImports, 'src/a.ts', "import './b.js';");
    lets(sideEffectImports, 'src/a.ts', "import { b } from './b.js';");
  });

  test('a path or a registry of one machine is found', () => {
    bites(namesOfAWorkplace, 'docs/a.md', `see ${['', 'work', 'notes'].join('/')}`);
    bites(namesOfAWorkplace, 'package-lock.json', `"resolved": "${['https:', '', 'registry.example'].join('/')}"`);
    bites(namesOfAWorkplace, '.npmrc', 'registry=somewhere');
    lets(namesOfAWorkplace, 'docs/a.md', 'see docs/work/notes and network/');
  });
});

describe('Checks', () => {
  test('types that are switched off are found', () => {
    for (const bad of [
      'let a: any;',
      'let a: any = 1;',
      'f<string, any>();',
      'a as any;',
      'a as never;',
      'a!.b;',
      'f(a[0]!);',
      'const a: any[] = [];',
      'type A = any;',
    ])
      bites(checksSwitchedOff, 'src/a.ts', bad);
    for (const good of [
      'AbortSignal.any([a]);',
      'if (a !== b || !c) f(!d);',
      '// any\n',
      'f("a as any");',
      'const never: never = f();',
      'type A = B extends C ? never : D;',
    ])
      lets(checksSwitchedOff, 'src/a.ts', good);
    lets(checksSwitchedOff, 'src/codex/wire/client.ts', 'a as never;');
    bites(checksSwitchedOff, 'src/codex/wire/client.ts', 'a as never; b as never;');
  });

  test('rules that are silenced are found', () => {
    bites(checksSilenced, 'src/a.ts', '// @ts-ignore this one is really special\n');
    bites(checksSilenced, 'src/a.ts', '// @ts-expect-error\n');
    bites(checksSilenced, 'src/a.ts', '// biome-ignore lint/style/useTemplate:\n');
    bites(checksSilenced, 'src/a.ts', '// biome-ignore lint/suspicious/noExplicitAny: the peer is untyped\n');
    lets(checksSilenced, 'src/a.ts', '// @ts-expect-error the wrong type is what this test is about\n');
    lets(checksSilenced, 'src/a.ts', '// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals send them\n');
  });

  test('a catch that swallows is found', () => {
    bites(emptyCatches, 'src/a.ts', 'try { f(); } catch {}');
    bites(emptyCatches, 'src/a.ts', 'try { f(); } catch (error) {\n}');
    bites(emptyCatches, 'src/a.ts', 'f().catch(() => {});');
    lets(emptyCatches, 'src/a.ts', 'try {\n  f();\n} catch {\n  // The process has already gone, which is what was wanted.\n}');
    lets(emptyCatches, 'src/a.ts', 'try { f(); } catch (error) { g(error); }');
  });

  test('a test that sleeps, replaces a module or hides is found', () => {
    const bad = [
      'setTimeout(f, 5)',
      'await sleep(5)',
      "vi.mock('./a.js')",
      "test.skip('a', f)",
      "describe.only('a', f)",
      "test('a', { retry: 2 }, f)",
    ];
    for (const text of [...bad, "import { setTimeout } from 'node:timers/promises';", "test.skipIf(slow)('a', f)", "test.todo('a')"]) {
      bites(testsThatSleepOrHide, 'src/host/a.test.ts', text);
      lets(testsThatSleepOrHide, 'src/host/a.ts', text);
    }
    lets(testsThatSleepOrHide, 'src/host/a.test.ts', "test('one retry: not more', () => clock.after(5, f));");
  });
});
