/** The closed word lists of the contract: runtimes, efforts, statuses. Code, API and CLI take them from here and nowhere else. */

import { z } from 'zod';

export const RUNTIMES = [
  'codex-app-server',
  'codex-cli-remote-control',
  'codex-cli-mcp',
  'codex-code-cli',
  'codex-exec',
  'opencode',
  'acp',
  'mock',
] as const;
export const Runtime = z.enum(RUNTIMES);
export type Runtime = z.infer<typeof Runtime>;

/** Whether a runtime keeps its state in a CODEX_HOME. */
export function isCodex(runtime: Runtime): boolean {
  return runtime.startsWith('codex-');
}

export const Effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);
export type Effort = z.infer<typeof Effort>;

export const SessionStatus = z.enum(['idle', 'running', 'waiting', 'failed', 'archived']);
export type SessionStatus = z.infer<typeof SessionStatus>;

export const TurnStatus = z.enum(['queued', 'running', 'completed', 'failed', 'interrupted']);
export type TurnStatus = z.infer<typeof TurnStatus>;

/** What to do with a turn that is asked for while another one runs. */
export const TurnMode = z.enum(['auto', 'steer', 'queue', 'reject']);
export type TurnMode = z.infer<typeof TurnMode>;

export const Disposition = z.enum(['started', 'queued', 'steered']);
export type Disposition = z.infer<typeof Disposition>;

export const Alias = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'an alias is lower case letters, digits and dashes, at most 63 of them, and starts with a letter or digit',
  );

export const Role = z.enum(['owner', 'operator', 'viewer', 'agent']);
export type Role = z.infer<typeof Role>;

/** Why a turn failed. */
export const TurnErrorCode = z.enum([
  'auth',
  'quota',
  'sandbox',
  'stale-session',
  'timeout',
  'runtime-exited',
  'transport-closed',
  'overloaded',
  'model',
  'internal',
]);
export type TurnErrorCode = z.infer<typeof TurnErrorCode>;
