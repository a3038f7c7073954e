/**
 * A host as a service of the user: its unit is written, made to count, and taken away again. What was typed for it is told, and what is
 * to be typed where the service manager cannot be reached, as in a container or over a bare `su`.
 */

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import { homePaths } from '../../base/home-paths.js';
import { runToEnd } from '../../base/process.js';
import type { Environment } from '../environment.js';
import { type CommandLine, type ServiceManager, serviceManager } from './managers.js';
import type { ServicePlan } from './plan.js';
import type { UnitContent } from './systemd-unit.js';

/** Longer than a unit takes to stop. */
const COMMAND_MS = 90_000;
const PROBE_MS = 10_000;

export interface InstalledUnit {
  readonly file: string;
  readonly text: string;
  /** Undefined when it cannot be understood. */
  readonly content: UnitContent | undefined;
}

export interface Done {
  /** What was run. */
  readonly ran: readonly CommandLine[];
  /** What is left to be typed, where the service manager cannot be reached. */
  readonly left: readonly CommandLine[];
}

export class Service {
  readonly manager: ServiceManager;
  readonly #env: Environment;

  constructor(manager: ServiceManager, env: Environment) {
    this.manager = manager;
    this.#env = env;
  }

  /** The unit of this home that we have written; undefined when there is none. Throws `conflict` for one of somebody else. */
  installed(): InstalledUnit | undefined {
    const { file, marker, read } = this.manager;
    const text = readText(file);
    if (text === undefined) return undefined;
    if (text.includes(marker)) return { file, text, content: read(text) };
    throw new SpoolError('conflict', `${file} was not written by Spool`, { hint: 'give it another name, or delete it' });
  }

  /** Whether the service manager of the user can be reached from here. */
  async reachable(): Promise<boolean> {
    try {
      return (await this.#try(this.manager.probe, PROBE_MS)).code === 0;
    } catch (error) {
      const { code } = SpoolError.from(error);
      if (code === 'runtime-missing' || code === 'timeout') return false;
      throw error;
    }
  }

  /** Whether it starts at login; undefined when nobody can be asked. */
  async enabled(): Promise<boolean | undefined> {
    const { isEnabled } = this.manager;
    if (isEnabled === undefined) return this.installed() !== undefined;
    return (await this.reachable()) ? (await this.#try(isEnabled)).code === 0 : undefined;
  }

  /** Writes the unit, in the place of an older one of ours, and makes it count from the next login on. */
  async install(plan: ServicePlan): Promise<Done> {
    this.installed();
    const { file, enable, render } = this.manager;
    writeWhole(file, render(plan));
    return await this.#run(enable);
  }

  async start(): Promise<Done> {
    const { load, start } = this.manager;
    if (load !== undefined && (await this.reachable())) await this.#try(load);
    return await this.#run([start]);
  }

  /** Nothing where a signal to the host does. */
  async stop(): Promise<void> {
    const { stop } = this.manager;
    if (stop !== undefined) await this.#run([stop]);
  }

  async failed(): Promise<boolean> {
    const { isFailed } = this.manager;
    return isFailed !== undefined && (await this.#try(isFailed)).code === 0;
  }

  /** The end of what the service said. */
  async said(): Promise<string> {
    return (await this.#try(this.manager.logs)).stdout.trimEnd();
  }

  /** Stops the service and removes the unit. */
  async uninstall(): Promise<Done> {
    const { file, disable, forget } = this.manager;
    const reachable = await this.reachable();
    // A unit that was never loaded cannot be unloaded, and is gone all the same.
    if (reachable) for (const line of disable) await this.#try(line);
    rmSync(file, { force: true });
    return reachable ? { ran: [...disable, ...(await this.#run(forget)).ran], left: [] } : { ran: [], left: forget };
  }

  async #run(lines: readonly CommandLine[]): Promise<Done> {
    if (!(await this.reachable())) return { ran: [], left: lines };
    for (const line of lines) {
      const { code, stderr } = await this.#try(line);
      if (code === 0) continue;
      throw new SpoolError('runtime-failed', `${line.join(' ')} failed: ${stderr.trim() || `it ended with ${code}`}`, {
        hint: `${this.manager.logs.join(' ')} shows what the service said`,
      });
    }
    return { ran: lines, left: [] };
  }

  #try([command = '', ...args]: CommandLine, timeoutMs = COMMAND_MS): ReturnType<typeof runToEnd> {
    return runToEnd({ command, args, env: this.#env, timeoutMs });
  }
}

/** The service of this environment's home on this machine. Throws `unsupported` where we know no service manager. */
export function serviceOf(env: Environment): Service {
  const { diagnostics } = homePaths(env, homedir(), process.platform);
  const machine = { platform: process.platform, env, homedir: homedir(), uid: process.getuid?.() ?? 0, diagnostics };
  return new Service(serviceManager(machine), env);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new SpoolError('invalid-input', `the unit ${file} cannot be read`, { cause: error });
  }
}

/** The folder is not ours alone: its rights stay as they are. */
function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o644 });
  renameSync(draft, file);
}
