/**
 * Records `spool demo` in a real terminal: docs/demo.cast (asciicast v2), docs/demo.txt (plain text), and the block of README.md between
 * its demo markers. What differs from machine to machine and from run to run gets one neutral name; times and numbers stay as they were.
 *
 *   npm run record-demo
 *
 * Needs `script` of util-linux, which gives the demo a terminal of its own.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { plainText } from './terminal-text.js';

const COLUMNS = 96;
const ROWS = 40;
const root = resolve('.');

interface Chunk {
  /** Milliseconds since the first output. */
  readonly at: number;
  readonly text: string;
}

/** What differs between runs and machines, and what stands in its place. */
const NEUTRAL: readonly (readonly [RegExp, string])[] = [
  [/(?:\/[\w.-]+)+\/sp-\w{6}(?=\/)/g, '~'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:4319'],
  [/Linux \d+\.\d+\.\d+\S*/g, 'Linux 6.12.0'],
];

/** Runs the demo in a pseudo terminal, in a home with nothing in it, and keeps what it writes and when. */
async function record(home: string): Promise<Chunk[]> {
  const main = join(root, 'dist', 'cli', 'main.js');
  const demo = `stty cols ${COLUMNS} rows ${ROWS}; exec ${process.execPath} ${main} demo`;
  const env = {
    HOME: home,
    TMPDIR: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
  };
  const child = spawn('script', ['-qefc', demo, '/dev/null'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Chunk[] = [];
  let start: number | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const now = performance.now();
    start ??= now;
    chunks.push({ at: now - start, text });
  });
  const status = await new Promise<number | null>((ended, failed) => child.once('error', failed).once('close', ended));
  if (status !== 0) throw new Error(`the demo ended with ${status}:\n${chunks.map(({ text }) => text).join('')}`);
  return chunks;
}

/** Chunks that came together as one, so that no name is cut in two; then everything by its neutral name. */
function settled(chunks: readonly Chunk[]): Chunk[] {
  const joined: { at: number; last: number; text: string }[] = [];
  for (const { at, text } of chunks) {
    const before = joined.at(-1);
    if (before === undefined || at - before.last > 15) joined.push({ at, last: at, text });
    else Object.assign(before, { last: at, text: before.text + text });
  }
  return joined.map(({ at, text }) => ({ at, text: NEUTRAL.reduce((all, [from, to]) => all.replace(from, to), text) }));
}

function castOf(chunks: readonly Chunk[]): string {
  const header = { version: 2, width: COLUMNS, height: ROWS, title: 'spool demo', env: { TERM: 'xterm-256color', SHELL: '/bin/bash' } };
  const command: Chunk = { at: 0, text: '$ spool demo\r\n' };
  const lines = [command, ...chunks.map(({ at, text }) => ({ at: at + 800, text }))];
  return `${[header, ...lines.map(({ at, text }) => [Math.round(at) / 1000, 'o', text])].map((line) => JSON.stringify(line)).join('\n')}\n`;
}

function intoReadme(transcript: string): void {
  const path = join(root, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const written = readme.replace(
    /(<!-- demo -->\n)[\s\S]*?(<!-- \/demo -->)/,
    (_, open: string, close: string) => `${open}\`\`\`text\n${transcript}\`\`\`\n${close}`,
  );
  if (!written.includes(transcript)) throw new Error('README.md has no <!-- demo --> and <!-- /demo --> to write between');
  writeFileSync(path, written);
}

const home = mkdtempSync(join(realpathSync(tmpdir()), 'demo-'));
try {
  const chunks = settled(await record(home));
  const transcript = `$ spool demo\n${plainText(chunks.map(({ text }) => text).join(''))}`;
  if (transcript.includes(home)) throw new Error(`a path of this machine is left in the recording:\n${transcript}`);
  writeFileSync(join(root, 'docs', 'demo.cast'), castOf(chunks));
  writeFileSync(join(root, 'docs', 'demo.txt'), transcript);
  intoReadme(transcript);
  console.log(transcript);
} finally {
  rmSync(home, { recursive: true, force: true });
}
