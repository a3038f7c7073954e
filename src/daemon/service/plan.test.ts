/** What a service is given: absolute paths, and of the environment nothing that may hold a secret. */

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homePaths } from '../../base/home-paths.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { leftOut, type ServicePlan, serviceName, servicePlan } from './plan.js';

let home: TempHome;
let env: Record<string, string>;

beforeEach(async () => {
  home = await tempHome();
  mkdirSync(home.join('bin'));
  writeFileSync(home.join('bin', 'codex'), '#!/bin/sh\n');
  chmodSync(home.join('bin', 'codex'), 0o755);
  symlinkSync(process.execPath, home.join('bin', 'node'));
  env = { PATH: ['relative', home.join('bin'), '/usr/bin'].join(delimiter), SPOOL_HOME: home.join('spool') };
});

afterEach(() => home[Symbol.asyncDispose]());

const plan = (more: Record<string, string> = {}, flags: readonly string[] = []): ServicePlan =>
  servicePlan({ ...env, ...more }, homePaths({ ...env, ...more }, home.path), flags);

test('Node and Codex are named as their user knows them, which a new version does not change', () => {
  const { command, env: given } = plan({}, ['--port', '4400']);
  expect(command).toEqual([home.join('bin', 'node'), expect.stringMatching(/^\/.*cli\/main\.js$/), 'serve', '--port', '4400']);
  expect(given['SPOOL_CODEX_BIN']).toBe(home.join('bin', 'codex'));
  expect(given['PATH']).toBe(`${home.join('bin')}${delimiter}/usr/bin`);
});

test('places and settings go along; keys and what may hold a password do not', () => {
  const secrets = { OPENAI_API_KEY: 'sk-1', SPOOL_TOKEN: 'spool_1', HTTPS_PROXY: 'http://me:secret@proxy' };
  const more = { CODEX_HOME: '/srv/codex', SPOOL_LOG: 'info', SPOOL_URL: 'http://elsewhere', ...secrets };
  expect(Object.keys(plan(more).env).toSorted()).toEqual(['CODEX_HOME', 'PATH', 'SPOOL_CODEX_BIN', 'SPOOL_HOME', 'SPOOL_LOG']);
  expect(leftOut(more)).toEqual(['HTTPS_PROXY']);
});

test('each home has a service of its own', () => {
  expect(serviceName({})).toBe('spool');
  expect(serviceName({ SPOOL_HOME: '/a' })).toMatch(/^spool-[0-9a-f]{8}$/);
  expect(serviceName({ SPOOL_HOME: '/a' })).not.toBe(serviceName({ SPOOL_HOME: '/b' }));
});

test('a path that no unit can hold is refused, and so is a machine without Codex where it is named', () => {
  expect(() => plan({ CODEX_HOME: '/srv/two\nlines' })).toThrow('has a control character in it');
  expect(() => plan({ SPOOL_CODEX_BIN: '/nowhere/codex' })).toThrow('/nowhere/codex is not an executable file');
});
