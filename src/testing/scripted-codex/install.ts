/**
 * Writes a scripted Codex down as an executable that can stand in for the codex binary: it speaks `app-server` on stdio and answers
 * `--version`. It is one plain file that needs nothing but Node, so it also runs where this package does not lie.
 */

import { appendFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CodexPlayer } from './player.js';
import type { CodexStep } from './steps.js';

export interface InstallOptions {
  /** What `--version` says; 0.169.0 unless given. */
  readonly version?: string;
}

/**
 * Makes `directory/codex` an executable that plays `steps` and resolves to its path. With several scripts the n-th start plays the
 * n-th one, later starts the last. `playedBy(path)` reads what went over its wire.
 */
export async function installScriptedCodex(
  directory: string,
  steps: readonly CodexStep[] | readonly (readonly CodexStep[])[],
  options: InstallOptions = {},
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'codex');
  const scripts = steps.every((step) => Array.isArray(step)) && steps.length > 0 ? steps : [steps];
  await writeFile(`${path}.script.json`, JSON.stringify({ version: options.version ?? '0.169.0', scripts }));
  await writeFile(`${path}.cjs`, `const Player = ${CodexPlayer.toString()};\n${MAIN}`);
  await appendFile(`${path}.starts`, '');
  // A shell in between, because a shebang line can neither be long nor hold a path with spaces.
  await writeFile(path, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(`${path}.cjs`)} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** The wire of each start of an installed scripted Codex so far: lines of `-> ` what the client sent and `<- ` what it got. */
export async function playedBy(path: string): Promise<string[][]> {
  const starts = (await readFile(`${path}.starts`, 'utf8')).length;
  return Promise.all(
    Array.from({ length: starts }, async (_, start) => {
      const wire = await readFile(`${path}.wire-${start + 1}`, 'utf8');
      return wire.split('\n').filter((line) => line !== '');
    }),
  );
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

const MAIN = `
const { appendFileSync, readFileSync, writeSync } = require('node:fs');
const { createInterface } = require('node:readline');
const base = __filename.slice(0, -'.cjs'.length);
const { version, scripts } = JSON.parse(readFileSync(base + '.script.json', 'utf8'));
const args = process.argv.slice(2);

if (args.includes('--version') || args.includes('-V')) {
  writeSync(1, 'codex-cli ' + version + '\\n');
  process.exit(0);
}
if (!args.includes('app-server')) {
  writeSync(2, 'scripted codex: only app-server and --version are played here\\n');
  process.exit(64);
}

// One byte for each start: appended as a whole also when two start at once.
appendFileSync(base + '.starts', '.');
const start = readFileSync(base + '.starts').length;
const wire = base + '.wire-' + start;
appendFileSync(wire, '');
let stubborn = false;
let outputOpen = true;
// A pipe whose reader is slow answers EAGAIN, so output goes through the stream, and an exit waits until it is written.
const exit = (code, signal) => process.stdout.write('', () => {
  if (signal === undefined) process.exit(code ?? 0);
  process.kill(process.pid, signal);
});
const player = new Player(scripts[Math.min(start, scripts.length) - 1] ?? [], {
  send(text, newline) {
    if (!outputOpen) return;
    appendFileSync(wire, '<- ' + text + (newline ? '\\n' : ''));
    process.stdout.write(newline ? text + '\\n' : text);
  },
  stderr: (text) => void process.stderr.write(text),
  stubborn() {
    stubborn = true;
    process.on('SIGTERM', () => {});
    process.on('SIGINT', () => {});
    setInterval(() => {}, 60_000);
  },
  close() {
    outputOpen = false;
    process.stdout.end();
  },
  exit,
});
process.stdout.on('error', () => process.exit(1));
createInterface({ input: process.stdin })
  .on('line', (line) => {
    appendFileSync(wire, '-> ' + line + '\\n');
    player.receive(line);
  })
  .on('close', () => {
    if (!stubborn) exit(0);
  });
player.start();
`;
