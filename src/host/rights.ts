/** Who may do what: asked by the host before anything else. */

import { SpoolError } from '../base/errors.js';
import { roleMay } from '../contract/rights.js';
import type { Right } from '../contract/routes.js';
import type { Principal } from './face.js';

/** Throws `forbidden`, naming who and what. */
export function demand(by: Principal, right: Right): void {
  if (roleMay(by.role, right)) return;
  throw new SpoolError('forbidden', `${by.name} (${by.role}) may not ${right} here`, { hint: 'use a token with a higher role' });
}
