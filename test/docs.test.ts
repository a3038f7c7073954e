/** The docs, tried: what they say to type is typed, what they name exists, and the examples run. */

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainText } from '../scripts/terminal-text.js';
import { ERROR_CODES } from '../src/base/errors.js';
import { COMMANDS, isGroup } from '../src/cli/command-list.js';
import { AgentConfig } from '../src/contract/agent-config.js';
import { EVENT_DATA as OF_SESSIONS } from '../src/contract/events.js';
import { exitStatus, httpStatus } from '../src/contract/problem.js';
import { ROUTES } from '../src/contract/routes.js';
import { TASK_EVENT_DATA } from '../src/contract/task-events.js';
import { type OfflineModel, prepareOfflineHome, startOfflineModel, type TempHome, tempHome } from '../src/testing/index.js';
import { type RunningSpool, startSpool } from './support/spool.js';

const EVENT_DATA = { ...OF_SESSIONS, ...TASK_EVENT_DATA };

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = [
  'README.md',
  'examples/README.md',
  ...['docs', 'docs/runtimes'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];
const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.mjs') && name !== 'offline-host.mjs');

/** Blocks that follow a `<!-- run -->`. */
const runnable = (text: string): string[] => [...text.matchAll(/^<!-- run -->\n```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');

/** What stands in code: spans, and blocks of the given languages. */
function codeIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  return [
    ...blocks.filter(([, language]) => language === 'sh' || language === 'js').map((match) => match[2] ?? ''),
    ...[...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? ''),
  ];
}

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Runs to the end in a process group of its own, which is killed when it takes too long: nothing that it started stays behind. */
async function toEnd(command: string, args: readonly string[], options: { cwd: string; env: Record<string, string> }): Promise<Ended> {
  const child: ChildProcess = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const endGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The whole group has ended by itself.
    }
  };
  const late = AbortSignal.timeout(LONGEST);
  late.addEventListener('abort', endGroup);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const status = await new Promise<number | null>((ended, failed) => child.once('error', failed).once('exit', ended));
  endGroup();
  return { status, output: late.aborted ? `${output}\nit did not end within ${LONGEST / 1000} s` : output };
}

/** The longest that one page or one example may take; each takes a few seconds where nothing else runs. */
const LONGEST = 60_000;

/** A stream never ends by itself: `curl -N` watches it for a moment, as a reader would before Ctrl-C. */
const PRELUDE = `set -euo pipefail
curl() {
  case " $* " in
    *" -sN "*) command curl --max-time 2 "$@" || test $? = 28 ;;
    *) command curl --fail-with-body "$@" ;;
  esac
}
`;

describe('what the docs say to type', () => {
  let home: TempHome;
  let model: OfflineModel;
  let served: RunningSpool;
  let url: string;
  let env: Record<string, string>;

  const folderOf = (page: string): string => home.join('work', page.replace(/\W/g, '-'));

  beforeAll(async () => {
    home = await tempHome();
    for (const folder of ['bin', 'tmp', 'work']) mkdirSync(home.join(folder));
    model = await startOfflineModel();
    // Readers have their places where the system puts them, so HOME is what keeps this apart.
    const trust = [home.join('project'), ...pages.map(folderOf)];
    await prepareOfflineHome(home.join('.codex'), model, { trust });
    const shim = home.join('bin', 'spool');
    writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist/cli/main.js')}' "$@"\n`);
    chmodSync(shim, 0o755);
    env = { HOME: home.path, TMPDIR: home.join('tmp'), PATH: `${home.join('bin')}:${process.env['PATH'] ?? ''}` };
    served = startSpool(['serve', '--port', '0', '--json'], { env, cwd: home.join('work') });
    let line = '';
    served.child.stdout?.on('data', (text: string) => (line += text));
    await served.printed('}\n');
    ({ url } = JSON.parse(line) as { url: string });
  }, LONGEST);

  afterAll(async () => {
    served?.child.kill('SIGINT');
    await served?.ended;
    await model?.[Symbol.asyncDispose]();
    await home?.[Symbol.asyncDispose]();
  }, LONGEST);

  test.concurrent.each(pages.filter((page) => runnable(read(page)).length > 0))(
    'works: %s',
    async (page) => {
      const work = folderOf(page);
      mkdirSync(work);
      const script = runnable(read(page)).join('\n').replaceAll('http://127.0.0.1:4319', url);
      const { status, output } = await toEnd('bash', ['-c', PRELUDE + script], { cwd: work, env });
      expect({ status, output }).toEqual({ status: 0, output });
    },
    LONGEST + 5_000,
  );

  test('names only routes that the host has', async () => {
    const known = new Set(Object.values(ROUTES).map(({ method, path }) => `${method} ${path}`));
    const named = pages.flatMap((page) =>
      codeIn(read(page)).flatMap((code) => [...code.matchAll(/\b(GET|POST|PATCH|DELETE|WS) (\/[\w/{}.-]*)/g)]),
    );
    expect(named.length).toBeGreaterThan(30);
    const token = readFileSync(home.join('.config/spool/token'), 'utf8').trim();
    for (const [, method = '', path = ''] of named) {
      if (known.has(`${method} ${path}`)) continue;
      const probe = new Probe(url, token);
      expect(await (method === 'WS' ? probe.opens(path) : probe.knows(method, path)), `${method} ${path}`).toBe(true);
    }
  });
});

/** Asks a host whether something is there, without doing it. */
class Probe {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** A route that is there says what is wrong with an empty request; one that is not says that there is no route. */
  async knows(method: string, path: string): Promise<boolean> {
    const response = await fetch(`${this.#url}${path}`, { method, headers: { authorization: `Bearer ${this.#token}` } });
    const text = await response.text();
    return response.status !== 405 && !text.includes('there is no route');
  }

  async opens(path: string): Promise<boolean> {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`${this.#url.replace('http', 'ws')}${path}`, { headers: { authorization: `Bearer ${this.#token}` } });
    const opened = await new Promise<boolean>((done) => socket.once('open', () => done(true)).once('error', () => done(false)));
    socket.terminate();
    return opened;
  }
}

describe('the examples', () => {
  test.concurrent.each(examples)(
    'does what it says: %s',
    async (name) => {
      await using scratch = await tempHome();
      const env = { HOME: scratch.path, TMPDIR: scratch.path, PATH: process.env['PATH'] ?? '' };
      const { status, output } = await toEnd(process.execPath, [join(root, 'examples', name)], { cwd: scratch.path, env });
      expect({ status, output }).toEqual({ status: 0, output });
      expect(readdirSync(scratch.path).filter((entry) => entry.startsWith('sp-'))).toEqual([]);
    },
    LONGEST + 5_000,
  );

  test('are all in their index', () => {
    expect(examples.filter((name) => !read('examples/README.md').includes(`](${name})`))).toEqual([]);
    expect(examples.length).toBeGreaterThan(3);
  });
});

describe('what the docs name', () => {
  test('links lead somewhere, to a heading that is there', () => {
    const broken = pages.flatMap((page) =>
      [
        ...read(page)
          .replace(/^```[\s\S]*?^```$/gm, '')
          .matchAll(/\]\(([^)\s]+)\)/g),
      ]
        .map((match) => match[1] ?? '')
        .filter((link) => !/^https?:/.test(link) && !leadsSomewhere(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test('every page is in the index', () => {
    const index = read('docs/README.md');
    const missing = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !index.includes(`](${page.slice(5)})`));
    expect(missing).toEqual([]);
  });

  test('commands and their flags are those of the command line', async () => {
    const wrong: string[] = [];
    let seen = 0;
    for (const page of pages) {
      for (const code of codeIn(read(page))) {
        for (const [call, words = ''] of code.matchAll(/(?<![\w/.~-])spool ((?:[a-z][\w-]*)[^\n|;&>`#)]*)/g)) {
          seen += 1;
          wrong.push(...(await wrongIn(words)).map((what) => `${page}: ${call.trim()}: ${what}`));
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(30);
  });

  test('agents that are shown are agents', () => {
    const shown = pages.flatMap((page) =>
      [...read(page).matchAll(/^```json\n(\{\n {2}"alias"[\s\S]*?)^```$/gm)].map((match) => match[1] ?? ''),
    );
    expect(shown.length).toBeGreaterThan(1);
    for (const text of shown) expect(AgentConfig.parse(JSON.parse(text))).toMatchObject({ runtime: 'codex-app-server' });
  });

  test('event types are those of the contract', () => {
    const families = [...new Set(Object.keys(EVENT_DATA).map((type) => type.split('.')[0]))].join('|');
    const named = pages.flatMap((page) => codeIn(read(page)).flatMap((code) => code.match(new RegExp(`^(?:${families})\\.[a-z]+$`)) ?? []));
    expect([...new Set(named)].filter((type) => !Object.hasOwn(EVENT_DATA, type))).toEqual([]);
  });

  test('events.md tells every event type with exactly its data', () => {
    const rows = [...read('docs/events.md').matchAll(/^\| `([a-z]+\.[a-z]+)` \| ([^|]*) \|/gm)];
    const told = Object.fromEntries(rows.map(([, type, data = '']) => [type, [...data.matchAll(/`([^`]+)`/g)].map((match) => match[1])]));
    const is = Object.entries(EVENT_DATA).map(([type, { shape }]) => [
      type,
      Object.entries(shape).map(([name, schema]) => (schema.safeParse(undefined).success ? `${name}?` : name)),
    ]);
    expect(told).toEqual(Object.fromEntries(is));
  });

  test('http-api.md tells every error code with its statuses, and every route', () => {
    const text = read('docs/http-api.md');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (\d+) \|/gm)].map(([, code, status, exit]) => [
      code,
      Number(status),
      Number(exit),
    ]);
    expect(rows.sort()).toEqual(ERROR_CODES.map((code) => [code, httpStatus(code), exitStatus(code)]).sort());
    const missing = Object.values(ROUTES).filter(({ method, path }) => !text.includes(`\`${method} ${path}\``));
    expect(missing).toEqual([]);
  });

  test('the recorded demo in README.md, in docs/demo.txt and in docs/demo.cast is one and the same', () => {
    const [, ...frames] = read('docs/demo.cast').trimEnd().split('\n');
    const shown = plainText(frames.map((frame) => (JSON.parse(frame) as [number, string, string])[2]).join(''));
    expect(shown).toBe(read('docs/demo.txt'));
    expect(read('README.md')).toContain(`<!-- demo -->\n\`\`\`text\n${shown}\`\`\`\n<!-- /demo -->`);
  });
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return heading === undefined || anchorsOf(read(target)).includes(heading);
}

/** As GitHub makes them. */
function anchorsOf(text: string): string[] {
  const headings = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map((match) => match[1] ?? '');
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** What is wrong with the words that follow `spool`. */
async function wrongIn(words: string): Promise<string[]> {
  const [name = '', ...rest] = words.trim().split(/\s+/);
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) return [`there is no command ${name}`];
  const leaf = isGroup(entry) ? entry.commands[rest[0] ?? ''] : entry;
  if (leaf === undefined) return [`there is no command ${name} ${rest[0] ?? ''}`];
  const { args } = await leaf.load();
  return [...words.matchAll(/(?<=\s)--([a-z-]+)/g)].map((match) => match[1] ?? '').filter((flag) => !Object.hasOwn(args, flag));
}
