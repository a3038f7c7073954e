/**
 * Permissions that are asked for, as single things to tick. Nothing is known here of what the words of a runtime mean, so a thing is a
 * field, or one entry of a list, taken to the letter. Pure.
 */

export interface Grant {
  /** `network.enabled`, or `fileSystem.write: /srv`. */
  readonly label: string;
  readonly path: readonly string[];
  /** Which entry, where the path leads to a list. */
  readonly entry?: number;
}

/** Everything that can be granted by itself. */
export function grantsOf(permissions: unknown, path: readonly string[] = []): Grant[] {
  if (Array.isArray(permissions)) {
    return permissions.map((value: unknown, entry) => ({ label: labelOf(path, value), path, entry }));
  }
  if (typeof permissions === 'object' && permissions !== null) {
    return Object.entries(permissions).flatMap(([key, value]) => grantsOf(value, [...path, key]));
  }
  return permissions === null || permissions === undefined || path.length === 0 ? [] : [{ label: labelOf(path, permissions), path }];
}

/** The part of `permissions` that is chosen. */
export function partOf(permissions: unknown, chosen: readonly Grant[], path: readonly string[] = []): unknown {
  const here = chosen.filter((grant) => path.every((key, i) => grant.path[i] === key));
  if (here.length === 0) return undefined;
  if (Array.isArray(permissions)) return permissions.filter((_, at) => here.some(({ entry }) => entry === at));
  if (typeof permissions !== 'object' || permissions === null) return permissions;
  const parts = Object.entries(permissions).map(([key, value]) => [key, partOf(value, here, [...path, key])] as const);
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
}

function labelOf(path: readonly string[], value: unknown): string {
  const name = path.join('.');
  if (value === true) return name;
  return `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
