/** Puts Spool's block into the text of a config.toml, and reads it back. Touches nothing outside of the block. */

import { SpoolError } from '../../base/errors.js';
import type { ManagedConfig, PlannedConfig } from './managed-config.js';

/** The text with a block that holds `managed`, less what the user has himself. Throws `invalid-input` for a text that is not TOML. */
export function planConfig(_text: string, _managed: ManagedConfig): PlannedConfig {
  throw new SpoolError('unsupported', 'not built yet');
}

/** What the block holds now; undefined when there is none. */
export function readManaged(_text: string): ManagedConfig | undefined {
  throw new SpoolError('unsupported', 'not built yet');
}
