/**
 * Help with a step of setup that failed: Codex itself is opened on it, when there is one that works and has a login of its own. It is
 * always asked first, because what is shown to Codex is shown to a model.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { redact } from '../../base/redact.js';
import { requireCodex } from '../../codex/binary.js';
import { codexOf } from '../codex-binary.js';
import { type Environment, sharedCodexHome } from '../environment.js';
import type { Talk } from './talk.js';

export interface FailedStep {
  readonly step: string;
  readonly error: string;
  readonly hint: string | undefined;
  /** What there is to read about the step, absolute paths. */
  readonly files: readonly string[];
}

export type Assisted = 'unavailable' | 'declined' | 'launched';

export interface AssistParts {
  readonly env: Environment;
  readonly talk: Talk;
  /** Runs Codex in this terminal until the person leaves it. */
  readonly launch?: (command: string, args: readonly string[]) => Promise<void>;
}

/** Never rejects for want of a Codex: then it is `unavailable`. */
export async function assist(failed: FailedStep, { env, talk, launch = inThisTerminal }: AssistParts): Promise<Assisted> {
  const codex = await usable(env);
  if (codex === undefined) return 'unavailable';
  if (!(await talk.confirm('Open Codex on this, to find out together what is wrong?', false))) return 'declined';
  await launch(codex, [assistPrompt(failed)]);
  return 'launched';
}

/** What Codex is told. Secrets are taken out of it. */
export function assistPrompt({ step, error, hint, files }: FailedStep): string {
  const there = [...new Set(files)].filter((file) => existsSync(file));
  return redact(
    [
      `I am setting up Spool, a host for coding agents, and the step "${step}" failed.`,
      '',
      `The error: ${error}`,
      ...(hint === undefined ? [] : [`The hint that came with it: ${hint}`]),
      '',
      ...(there.length === 0 ? [] : ['Read these first:', ...there.map((file) => `- ${file}`), '']),
      'Find out why it failed and tell me what to do. Ask before you change anything. When it is mended, I run `spool setup` again.',
    ].join('\n'),
  );
}

async function usable(env: Environment): Promise<string | undefined> {
  try {
    const path = codexOf(env);
    await requireCodex(path);
    const login = join(sharedCodexHome(env), 'auth.json');
    return existsSync(login) && statSync(login).size > 0 ? path : undefined;
  } catch {
    // No Codex, or none that works: that may be the very step that failed.
    return undefined;
  }
}

/** It is the person's own Codex, in the person's own environment. */
async function inThisTerminal(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: 'inherit' });
  await once(child, 'exit');
}
