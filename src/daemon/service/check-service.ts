/**
 * Looks at the unit that is installed for this home, without asking it anything: whether all that it names is there, and where the host
 * would listen. Changes nothing.
 */

import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { SpoolError } from '../../base/errors.js';
import { homePaths } from '../../base/home-paths.js';
import type { Check } from '../check-codex.js';
import type { Environment } from '../environment.js';
import type { UnitContent } from './systemd-unit.js';
import { type InstalledUnit, serviceOf } from './user-service.js';

const AGAIN = 'spool daemon install';
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

/** Nothing where no unit is installed, or none can be. */
export function checkService(env: Environment): Check[] {
  try {
    const unit = serviceOf(env).installed();
    return unit === undefined ? [] : checkUnit(unit);
  } catch (error) {
    const { code, message, hint } = SpoolError.from(error);
    if (code === 'unsupported') return [];
    return [{ name: 'service', state: 'warning', says: message, mend: hint ?? AGAIN }];
  }
}

function checkUnit({ file, content }: InstalledUnit): Check[] {
  if (content === undefined) return [{ name: 'service', state: 'bad', says: `${file} names no program`, mend: AGAIN }];
  const wrong = [...missing(content), ...listening(content)];
  const good: Check = {
    name: 'service',
    state: 'good',
    says: `${file}: all that it names is there, and it listens at ${address(content)}`,
  };
  return wrong.length === 0 ? [good] : wrong;
}

/** What a path of the unit is for, and whether it must be executable. A home may be missing: it is made at the first start. */
function missing({ command, env }: UnitContent): Check[] {
  const [node = '', script = ''] = command;
  const paths = [
    { what: 'Node', path: node, mode: constants.X_OK },
    { what: 'Spool', path: script, mode: constants.R_OK },
    { what: 'Codex', path: env['SPOOL_CODEX_BIN'], mode: constants.X_OK },
    { what: 'the CODEX_HOME', path: env['CODEX_HOME'], mode: constants.W_OK },
    ...homesOf(env).map((path) => ({ what: 'the home', path, mode: constants.W_OK })),
  ];
  return paths.flatMap(({ what, path, mode }) => {
    if (path === undefined || can(path, mode)) return [];
    const says = existsSync(path) ? `may not use ${what} at ${path}` : `looks for ${what} at ${path}, and there is none`;
    return [{ name: 'service', state: 'bad' as const, says: `the service ${says}`, mend: AGAIN }];
  });
}

/** Those of its folders that are there already: log and state. */
function homesOf(env: Environment): string[] {
  const { config, data, log } = homePaths(env, homedir(), process.platform);
  return [config, data, log].filter((path) => existsSync(path));
}

function can(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    // Not there, or not for us.
    return false;
  }
}

function listening(content: UnitContent): Check[] {
  if (LOOPBACK.has(flag(content, '--bind') ?? '127.0.0.1')) return [];
  const says = `the service listens at ${address(content)}, where other machines reach it without TLS`;
  return [{ name: 'service', state: 'warning', says, mend: `${AGAIN} --bind 127.0.0.1, and a tunnel or a proxy before it` }];
}

function address(content: UnitContent): string {
  return `${flag(content, '--bind') ?? '127.0.0.1'}:${flag(content, '--port') ?? '4319'}`;
}

function flag({ command }: UnitContent, name: string): string | undefined {
  const at = command.lastIndexOf(name);
  return at < 0 ? undefined : command[at + 1];
}
