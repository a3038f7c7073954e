/** The rules of the house, held by re-reading the source. Each rule is a function in test/architecture/, proved to bite in its rules.test.ts. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  clientBeyondTheBrowser,
  implementationsKnownOutsideTheDaemon,
  importCycles,
  importsAgainstTheFloors,
  importsBehindTheFace,
} from './architecture/floors.js';
import {
  type Ceilings,
  defaultExports,
  filesOverTheCeiling,
  filesWithoutFirstWords,
  functionsOverTheCeiling,
  namesOfAWorkplace,
  namesThatSayNothing,
  sideEffectImports,
  starExports,
  tooMuchInLongFiles,
} from './architecture/shape.js';
import { type Finding, isGenerated, readTree, show } from './architecture/source.js';
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
} from './architecture/words.js';

const root = join(import.meta.dirname, '..');
const files = readTree(root);
const code = files.filter(({ path }) => /^(?:src|test|scripts|bench|chaos|soak|e2e|examples)\/.*\.ts$/.test(path));
const written = code.filter(({ path }) => !isGenerated(path));
const ceilings = JSON.parse(readFileSync(join(root, 'test/ceilings.json'), 'utf8')) as Ceilings;

function none(findings: readonly Finding[]): void {
  expect(show(findings)).toEqual([]);
}

test('there is something to look at', () => {
  expect(code.filter(({ path }) => path.startsWith('src/')).length).toBeGreaterThan(20);
});

describe('Rooms', () => {
  test('imports go down only, and siblings never import each other', () => none(importsAgainstTheFloors(code)));
  test('logs and runtimes are known to the daemon alone', () => none(implementationsKnownOutsideTheDaemon(code)));
  test('doors and network see only the face of the host', () => none(importsBehindTheFace(code)));
  test('no file imports itself by way of others', () => none(importCycles(code)));
  test('the client and all that it reaches can run in a browser', () =>
    none([...clientBeyondTheBrowser(code), ...nodeWordsInTheClient(code)]));
  test('child processes are started in base/process.ts, daemon, testing and cli only', () => none(childProcessOutsideItsRooms(code)));
  test('the database driver is known to log/sqlite alone', () => none(storesOutsideTheirRooms(code)));
  test('environment, exit and signals of the process belong to daemon and cli', () => none(processOutsideDaemonAndCli(code)));
  test('the domain is pure', () => none(impureDomain(written)));
  test('no room above the translator names a method of Codex', () => none(runtimeMethodsAboveTheTranslator(code)));
});

describe('Files', () => {
  test('a file has at most 400 lines, or a reason and at most 600', () => none(filesOverTheCeiling(written, ceilings)));
  test('at most a tenth of the source lies in files over 400 lines', () => none(tooMuchInLongFiles(written)));
  test('a function has at most 60 lines, or a reason', () => none(functionsOverTheCeiling(written, ceilings)));
  test('every file of src begins by saying what it is for', () => none(filesWithoutFirstWords(written)));
  test('file names are kebab-case and say what is inside', () => none(namesThatSayNothing(written)));
  test('nothing is exported with a star', () => none(starExports(code)));
  test('nothing is exported as default', () => none(defaultExports(written)));
  test('no file is imported for its side effects', () => none(sideEffectImports(code)));
});

describe('Checks', () => {
  test('no type check is switched off with any, never or !', () => none(checksSwitchedOff(written)));
  test('no rule of the house is silenced, and other silencing gives a reason', () => none(checksSilenced(written)));
  test('no catch is empty', () => none(emptyCatches(written)));
  test('tests wait for facts, replace no modules, and all of them run', () => none(testsThatSleepOrHide(written)));
  test('no file names the machine it was written on', () => none(namesOfAWorkplace(files)));
});
