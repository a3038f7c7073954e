/**
 * Permissions that are asked for, as single things to tick. Nothing is known here of what the words of a runtime mean, so a thing is a
 * field, or one entry of a list, taken to the letter. Pure.
 */

export interface Grant {
  /** `network.enabled`, or `fileSystem.write: /srv`. */
  readonly label: string;
  /** Where it stands; more than one place where it is said twice. */
  readonly places: readonly Place[];
}

interface Place {
  readonly path: readonly string[];
  /** Which entry, where the path leads to a list. */
  readonly entry?: number;
  readonly value: unknown;
}

/** Everything that can be granted by itself. */
export function grantsOf(permissions: unknown): Grant[] {
  const grants: Grant[] = [];
  for (const place of placesOf(permissions, [])) {
    const same = grants.findIndex((grant) => grant.places.some((one) => saysTheSame(one, place) || saysTheSame(place, one)));
    const before = grants[same];
    if (before === undefined) grants.push({ label: labelOf(place), places: [place] });
    else
      grants[same] = {
        label: [before.label, labelOf(place)].reduce((a, b) => (a.length <= b.length ? a : b)),
        places: [...before.places, place],
      };
  }
  return grants;
}

/** The part of `permissions` that is chosen. */
export function partOf(permissions: unknown, chosen: readonly Grant[]): unknown {
  return pick(
    permissions,
    chosen.flatMap(({ places }) => places),
    [],
  );
}

function placesOf(value: unknown, path: readonly string[]): Place[] {
  if (Array.isArray(value)) return value.map((one: unknown, entry) => ({ path, entry, value: one }));
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([key, one]) => placesOf(one, [...path, key]));
  return value === null || value === undefined || path.length === 0 ? [] : [{ path, value }];
}

/** An entry that is an object may be the long form of a simple one in another list: it has its text and the name of its list in it. */
function saysTheSame(long: Place, short: Place): boolean {
  const name = short.path.at(-1);
  if (typeof short.value !== 'string' || typeof long.value !== 'object' || name === undefined) return false;
  const texts = textsIn(long.value);
  return texts.includes(short.value) && texts.includes(name);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function pick(value: unknown, places: readonly Place[], path: readonly string[]): unknown {
  const here = places.filter((place) => path.every((key, i) => place.path[i] === key));
  if (here.length === 0) return undefined;
  if (Array.isArray(value)) return value.filter((_, at) => here.some(({ entry }) => entry === at));
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([key, one]) => [key, pick(one, here, [...path, key])] as const);
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
}

function labelOf({ path, value }: Place): string {
  const name = path.join('.');
  if (value === true) return name;
  return `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
