/** An older Codex, which the tests of the versions install once into the cache of node_modules. */

import { codexOf, setup } from '../test/versions/install.js';

/** The executable; it is installed when it is not there. Throws when it cannot be. */
export function oldCodex(version: string): string {
  setup();
  return codexOf(version);
}
