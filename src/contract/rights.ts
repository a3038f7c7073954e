/** Who may do what: the one table of rights that the host, the hub and their doors ask before anything else. */

import { SpoolError } from '../base/errors.js';
import type { Right } from './routes.js';
import type { Role } from './words.js';

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  owner: ['open', 'view', 'tasks', 'work', 'operate', 'own'],
  operator: ['open', 'view', 'tasks', 'work', 'operate'],
  // Of tasks it sees those that it has something to do with; of sessions none.
  agent: ['open', 'tasks', 'work'],
  viewer: ['open', 'view', 'tasks'],
};

export function roleMay(role: Role, right: Right): boolean {
  return RIGHTS[role].includes(right);
}

/** Throws `forbidden`, naming who and what. */
export function demand(by: { readonly name: string; readonly role: Role }, right: Right): void {
  if (roleMay(by.role, right)) return;
  throw new SpoolError('forbidden', `${by.name} (${by.role}) may not ${right} here`, { hint: 'use a token with a higher role' });
}
