/** Which rights a role has: the one table that the host and its doors ask. */

import type { Right } from './routes.js';
import type { Role } from './words.js';

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  owner: ['open', 'view', 'operate', 'own'],
  operator: ['open', 'view', 'operate'],
  agent: ['open', 'view', 'operate'],
  viewer: ['open', 'view'],
};

export function roleMay(role: Role, right: Right): boolean {
  return RIGHTS[role].includes(right);
}
