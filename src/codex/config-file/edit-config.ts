/** Changes Spool's block in a config.toml on disk: one writer at a time, the whole file or nothing. */

import { SpoolError } from '../../base/errors.js';
import type { ConfigChange, ManagedConfig } from './managed-config.js';

export interface EditOptions {
  /** Nothing is written; the result says what would be. */
  readonly dryRun?: boolean;
  /** How long to wait for another writer before `unavailable`; 10 s when absent. */
  readonly lockWaitMs?: number;
}

/** `managed` may be a function of the text as it is under the lock. */
export async function editConfig(
  file: string,
  managed: ManagedConfig | ((text: string) => ManagedConfig),
  options: EditOptions = {},
): Promise<ConfigChange> {
  await Promise.resolve();
  throw new SpoolError('unsupported', 'not built yet', { details: { file, managed, options } });
}

/** Takes the block out again. */
export async function removeManaged(file: string, options: EditOptions = {}): Promise<ConfigChange> {
  return await editConfig(file, {}, options);
}
