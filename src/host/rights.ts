/** Who may do what: one table from role to rights, asked by the host before anything else. */

import { SpoolError } from '../base/errors.js';
import type { Right } from '../contract/routes.js';
import type { Role } from '../contract/words.js';
import type { Principal } from './face.js';

const RIGHTS: Record<Role, readonly Right[]> = {
  owner: ['open', 'view', 'operate', 'own'],
  operator: ['open', 'view', 'operate'],
  agent: ['open', 'view', 'operate'],
  viewer: ['open', 'view'],
};

export function may(by: Principal, right: Right): boolean {
  return RIGHTS[by.role].includes(right);
}

/** Throws `forbidden`, naming who and what. */
export function demand(by: Principal, right: Right): void {
  if (may(by, right)) return;
  throw new SpoolError('forbidden', `${by.name} (${by.role}) may not ${right} here`, { hint: 'use a token with a higher role' });
}
