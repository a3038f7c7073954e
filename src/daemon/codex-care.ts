/** When Codex processes are stopped, as the environment says. */

import { SpoolError } from '../base/errors.js';
import type { Care } from '../codex/app-server/caretaker.js';

/** SPOOL_CODEX_IDLE_SECONDS and SPOOL_CODEX_MEMORY_MB; 0 means never. Throws `invalid-input`. */
export function codexCare(env: Readonly<Record<string, string | undefined>>): Partial<Care> {
  const seconds = limit(env, 'SPOOL_CODEX_IDLE_SECONDS');
  const megabytes = limit(env, 'SPOOL_CODEX_MEMORY_MB');
  return {
    ...(seconds === undefined ? {} : { idleMs: seconds * 1000 }),
    ...(megabytes === undefined ? {} : { maxMemoryBytes: megabytes * 1024 ** 2 }),
  };
}

function limit(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw new SpoolError('invalid-input', `${name} must be a whole number, not "${text}"`, {
      hint: '0 means never; unset it for the default',
    });
  }
  return Number(text) === 0 ? Number.POSITIVE_INFINITY : Number(text);
}
