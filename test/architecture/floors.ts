/** Who may import whom: the floors of the house, the one place where implementations are known, cycles, and what a browser can run. */

import { importsOf, targetOf } from './imports.js';
import { type Finding, isGenerated, isTest, type Source } from './source.js';

/** Imports go down only. A new room gets its floor here; siblings of one floor never import each other. */
const FLOORS: Readonly<Record<string, number>> = {
  base: 0,
  contract: 1,
  domain: 2,
  ports: 2,
  log: 3,
  vault: 3,
  codex: 3,
  opencode: 3,
  'acp-agents': 3,
  mock: 3,
  host: 4,
  network: 5,
  doors: 6,
  daemon: 7,
};

/** Rooms beside the stairs: they import only what is listed. */
const SIDE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  client: ['contract', 'base'],
  cli: ['client', 'contract', 'base'],
  testing: ['host', 'codex', 'opencode', 'acp-agents', 'log', 'domain', 'ports', 'contract', 'base'],
  'index.ts': ['daemon', 'network', 'host', 'client', 'contract', 'base'],
};

/** The shape of a query is the same over HTTP and inside one program, so the daemon gives it to the hosts that it opens. */
const QUERY = /^src\/client\/query(?:-events)?\.ts$/;

/** Commands that start a host themselves, or do on the machine what only its owner can (logins, services, Codex's own configuration), and the programs of spool/testing that the CLI offers. */
const CLI_STARTS_HOST =
  /^src\/cli\/(?:commands\/(?:serve|run|demo|daemon|doctor|openapi|setup|login|logout|codex|config|tui)[a-z-]*|(?:[a-z-]+\/)?(?:start-host|setup-talk))\.ts$/;
const CLI_OFFERS_TESTING = /^src\/cli\/commands\/(?:demo|offline-model)[a-z-]*\.ts$/;

/** Rooms of several independent parts, one folder each. What lies directly in the room is for all of its parts. */
const PARTED = new Set(['log', 'doors']);

interface Room {
  readonly name: string;
  readonly part: string | undefined;
}

function roomOf(path: string): Room | undefined {
  const [top, name, part, ...rest] = path.split('/');
  if (top !== 'src' || name === undefined) return undefined;
  const inPart = PARTED.has(name) && part !== undefined && rest.length > 0;
  return { name, part: inPart ? part : undefined };
}

/** Every import between rooms that goes up, sideways, or out of src. */
export function importsAgainstTheFloors(sources: readonly Source[]): Finding[] {
  return crossings(sources, (from, to, path, target) => {
    if (from.name === to.name) {
      if (to.part === undefined || from.part === to.part) return undefined;
      return from.part === undefined ? 'what is shared imports one of its users' : `${from.part} imports its sibling ${to.part}`;
    }
    const listed = SIDE_ROOMS[from.name];
    if (listed !== undefined) {
      const extra = extraOfCli(from.name, path);
      return listed.includes(to.name) || extra.includes(to.name)
        ? undefined
        : `${from.name} may import only ${[...listed, ...extra].join(', ')}`;
    }
    const own = FLOORS[from.name];
    const other = FLOORS[to.name];
    if (from.name === 'daemon' && QUERY.test(target)) return undefined;
    if (own === undefined) return `the room ${from.name} has no floor yet: give it one in test/architecture/floors.ts`;
    if (other === undefined) return `${to.name} is beside the stairs: ${from.name} may not import it`;
    return other < own ? undefined : `${from.name} (floor ${own}) may not import ${to.name} (floor ${other})`;
  });
}

function extraOfCli(room: string, path: string): readonly string[] {
  if (room !== 'cli') return [];
  return [...(CLI_STARTS_HOST.test(path) ? ['daemon'] : []), ...(CLI_OFFERS_TESTING.test(path) ? ['testing'] : [])];
}

/** The host is handed logs and agents; above it only the daemon constructs any. */
export function implementationsKnownOutsideTheDaemon(sources: readonly Source[]): Finding[] {
  return crossings(sources, (from, to) =>
    ['host', 'network', 'doors'].includes(from.name) && FLOORS[to.name] === 3 ? `only the daemon may know ${to.name}` : undefined,
  );
}

/** A door and the network see the host through its face. */
export function importsBehindTheFace(sources: readonly Source[]): Finding[] {
  return crossings(sources, (from, to, _path, target) =>
    ['network', 'doors'].includes(from.name) && to.name === 'host' && target !== 'src/host/face.ts'
      ? `${from.name} may import only src/host/face.ts of the host`
      : undefined,
  );
}

type Judge = (from: Room, to: Room, path: string, target: string) => string | undefined;

/** Tests stand outside the floors: they may build what they test from anywhere. */
function crossings(sources: readonly Source[], judge: Judge): Finding[] {
  const found: Finding[] = [];
  for (const source of sources) {
    const from = roomOf(source.path);
    if (from === undefined || isTest(source.path)) continue;
    for (const { specifier, line } of importsOf(source)) {
      const target = targetOf(source.path, specifier);
      if (target === undefined) continue;
      const to = roomOf(target);
      const what = to === undefined ? 'imports something outside src' : judge(from, to, source.path, target);
      if (what !== undefined) found.push({ path: source.path, line, what: `${what} (${specifier})` });
    }
  }
  return found;
}

/** Each cycle of imports once. Type-only imports do not count: nothing of them is left at run time. */
export function importCycles(sources: readonly Source[]): Finding[] {
  const edges = new Map<string, readonly string[]>();
  for (const source of sources) edges.set(source.path, runtimeTargets(source));
  const found: Finding[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start !== -1) found.push({ path, line: 0, what: `imports itself by way of ${[...trail.slice(start + 1), path].join(' -> ')}` });
    if (start !== -1 || done.has(path)) return;
    trail.push(path);
    for (const next of edges.get(path) ?? []) visit(next);
    trail.pop();
    done.add(path);
  };
  for (const { path } of sources) visit(path);
  return found;
}

function runtimeTargets(source: Source): string[] {
  return importsOf(source).flatMap(({ specifier, typeOnly }) => (typeOnly ? [] : (targetOf(source.path, specifier) ?? [])));
}

/** Packages that run in a browser. */
const WEB_SAFE = new Set(['zod']);

/** The client and all that it reaches must run in a browser: packages that cannot are findings where they are imported. */
export function clientBeyondTheBrowser(sources: readonly Source[]): Finding[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set(sources.filter(({ path }) => /^src\/(?:client|contract)\//.test(path) && !isTest(path)).map(({ path }) => path));
  const found: Finding[] = [];
  for (const path of reached) {
    const source = byPath.get(path);
    if (source === undefined || isGenerated(path)) continue;
    for (const { specifier, line } of importsOf(source)) {
      const target = targetOf(path, specifier);
      if (target !== undefined) reached.add(target);
      else if (!WEB_SAFE.has(specifier))
        found.push({ path, line, what: `a browser cannot import ${specifier}, and the client reaches this file` });
    }
  }
  return found;
}
