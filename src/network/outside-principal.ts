/** Who comes with the token of an agent from elsewhere. */

import type { Principal } from '../host/face.js';
import type { OutsideDirectory } from '../ports/outside-agents.js';

/** Null when nobody does. */
export function principalIn(outside: OutsideDirectory, token: string): Principal | null {
  const known = outside.byToken(token);
  return known === undefined ? null : { name: known.alias, role: 'agent' };
}
