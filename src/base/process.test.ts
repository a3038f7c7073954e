import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { LineCutter } from './lines.js';
import { type PipedProcess, processStart, type RunningProcess, runToEnd, startOnItsOwn, startProcess, stopPid } from './process.js';

const folder = mkdtempSync(join(tmpdir(), 'spool-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the small programs of these tests have at hand. `child` runs another one, which has the same. */
const WORDS = join(folder, 'words.cjs');
writeFileSync(
  WORDS,
  `const { spawn } = require('node:child_process');
   exports.tell = (text) => process.stdout.write(text + '\\n');
   exports.stay = () => setInterval(() => undefined, 1e6);
   exports.deaf = () => process.on('SIGTERM', () => undefined);
   exports.script = (program) => ['-e', 'const { tell, stay, deaf, child } = require(' + JSON.stringify(__filename) + ');' + program];
   exports.child = (program, options) =>
     spawn(process.execPath, exports.script(program), { stdio: ['ignore', 'inherit', 'inherit'], ...options });`,
);

function script(program: string): string[] {
  return ['-e', `const { tell, stay, deaf, child } = require(${JSON.stringify(WORDS)});${program}`];
}

const started: RunningProcess[] = [];

/** Also when a test fails, none of its processes stays. */
afterEach(async () => {
  for (const child of started.splice(0)) await child.stop({ graceMs: 0 });
});

async function start(program: string): Promise<PipedProcess> {
  const child = await startProcess({ command: process.execPath, args: script(program), env: { PATH: process.env['PATH'] } });
  started.push(child);
  return child;
}

/** The next lines of stdout, as they come. */
function linesOf(child: PipedProcess): (count: number) => Promise<string[]> {
  const lines: string[] = [];
  let wake = (): void => undefined;
  const cutter = new LineCutter({
    maxBytes: 10_000,
    onLine: (line) => {
      lines.push(line);
      wake();
    },
  });
  child.stdout.on('data', (chunk: Buffer) => cutter.push(chunk));
  return async (count) => {
    while (lines.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return lines.splice(0, count);
  };
}

async function alive(pids: readonly number[]): Promise<number[]> {
  const starts = await Promise.all(pids.map((pid) => processStart(pid)));
  return pids.filter((_, at) => starts[at] !== undefined);
}

describe('Starting', () => {
  test('a process is talked with over its pipes, gets only the environment it was given, and tells how it ended', async () => {
    const child = await startProcess({
      command: process.execPath,
      args: ['-e', 'process.stdin.on("data", (d) => { process.stdout.write(d + Object.keys(process.env).join()); process.exit(3); })'],
      env: { ONLY: '1', NOT: undefined },
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.write('hello ');
    expect(child.exit).toBeUndefined();
    expect(await child.exited).toEqual({ code: 3, signal: null });
    expect(child.exit).toEqual({ code: 3, signal: null });
    expect(Buffer.concat(chunks).toString()).toBe('hello ONLY');
    child.stdin.write('nobody is there');
    expect(await child.stop()).toEqual([]);
  });

  test('an interrupt is a SIGINT for its group, once it is over one to nobody', async () => {
    const child = await start('process.on("SIGINT", () => { tell("heard"); process.exit(7); }); stay(); tell("ready");');
    const next = linesOf(child);
    expect(await next(1)).toEqual(['ready']);
    child.interrupt();
    expect(await next(1)).toEqual(['heard']);
    expect(await child.exited).toEqual({ code: 7, signal: null });
    child.interrupt();
  });

  test('what a short process says is there also for one who listens long after its exit', async () => {
    const child = await startProcess({ command: '/bin/sh', args: ['-c', 'echo short'], env: {} });
    await child.exited;
    await new Promise((resolve) => setImmediate(resolve));
    const [line] = await linesOf(child)(1);
    expect(line).toBe('short');
  });

  test('a command that is not there or not executable is a missing runtime, named', async () => {
    const env = { PATH: '/bin' };
    await expect(startProcess({ command: '/no/such/codex', env })).rejects.toMatchObject({
      code: 'runtime-missing',
      message: '/no/such/codex was not found',
    });
    const plain = join(folder, 'plain');
    writeFileSync(plain, '#!/bin/sh\n');
    chmodSync(plain, 0o644);
    await expect(startProcess({ command: plain, env })).rejects.toMatchObject({ code: 'runtime-missing' });
    await expect(startOnItsOwn({ command: plain, env, output: join(folder, 'x.log') })).rejects.toMatchObject({ code: 'runtime-missing' });
  });

  test('a folder that is not there is told apart from a missing command', async () => {
    const gone = join(folder, 'gone');
    await expect(startProcess({ command: process.execPath, cwd: gone, env: {} })).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining(gone),
    });
  });

  test('only the last 8 KiB of stderr are kept', async () => {
    const child = await start(`process.stderr.write('x'.repeat(50_000) + 'y'.repeat(8_000) + 'the end', () => tell('said')); stay();`);
    const next = linesOf(child);
    await next(1);
    await child.stop();
    const tail = child.stderrTail();
    expect(tail).toHaveLength(8 * 1024);
    expect(tail).toMatch(/^x+y{8000}the end$/);
  });

  test('a short command is run to its end, and one that takes too long is stopped', async () => {
    const env = { PATH: process.env['PATH'] };
    const done = await runToEnd({ command: process.execPath, args: ['-p', '6 * 7'], env, timeoutMs: 10_000 });
    expect(done).toEqual({ code: 0, signal: null, stdout: '42\n', stderr: '' });
    const hangs = runToEnd({ command: process.execPath, args: script('child("stay()"); stay();'), env, timeoutMs: 200 });
    await expect(hangs).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('Stopping', () => {
  test('a process may end by itself within the grace', async () => {
    const child = await start(`process.on('SIGTERM', () => process.exit(7)); tell('up'); stay();`);
    await linesOf(child)(1);
    expect(await child.stop({ graceMs: 10_000 })).toEqual([]);
    expect(child.exit).toEqual({ code: 7, signal: null });
  });

  test('one that does not listen is ended after the grace', async () => {
    const child = await start(`deaf(); tell('up'); stay();`);
    await linesOf(child)(1);
    expect(await child.stop({ graceMs: 50 })).toEqual([]);
    expect(child.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('a signal cuts a long grace short', async () => {
    const child = await start(`deaf(); tell('up'); stay();`);
    await linesOf(child)(1);
    const hurry = new AbortController();
    const stopped = child.stop({ graceMs: 600_000, signal: hurry.signal });
    hurry.abort();
    expect(await stopped).toEqual([]);
    expect(child.exit?.signal).toBe('SIGKILL');
  });

  test('nothing is left of a whole family: children, deaf ones, and one that left by setsid with a child of its own', async () => {
    const child = await start(`
      tell(String(process.pid));
      child("deaf(); tell(String(process.pid)); stay();");
      child("deaf(); tell(String(process.pid)); child('deaf(); tell(String(process.pid)); stay();'); stay();", { detached: true });
      deaf(); stay();
    `);
    const pids = (await linesOf(child)(4)).map(Number);
    expect(new Set(pids)).toHaveProperty('size', 4);
    expect(await alive(pids)).toEqual(pids);
    expect(await child.stop({ graceMs: 50 })).toEqual([]);
    expect(await alive(pids)).toEqual([]);
  });

  test('what left by setsid is stopped also when the process itself ends politely before it', async () => {
    const child = await start(`
      child("deaf(); tell(String(process.pid)); stay();", { detached: true });
      process.on('SIGTERM', () => process.exit(0)); stay();
    `);
    const pids = (await linesOf(child)(1)).map(Number);
    await child.stop({ graceMs: 100 });
    expect(child.exit).toEqual({ code: 0, signal: null });
    expect(await alive(pids)).toEqual([]);
  });

  test('nobody gets away by being born in a new session while we stop its parent', async () => {
    // A number that no other sleep of this machine has.
    const seconds = `86400.${process.pid}${Date.now()}`;
    const child = await start(`
      const { spawn } = require('node:child_process');
      const bear = () => { tell(String(spawn('sleep', ['${seconds}'], { detached: true, stdio: 'ignore' }).pid)); setImmediate(bear); };
      deaf(); bear();
    `);
    await linesOf(child)(5);
    const sleeping = (): number => execFileSync('ps', ['-axo', 'args='], { encoding: 'utf8' }).split(`sleep ${seconds}`).length - 1;
    expect(sleeping()).toBeGreaterThanOrEqual(5);
    expect(await child.stop({ graceMs: 20 })).toEqual([]);
    expect(sleeping()).toBe(0);
  });

  test('what a dead process left behind in its group is stopped too', async () => {
    const child = await start(`
      const left = child("process.on('SIGHUP', () => undefined); tell(String(process.pid)); stay();");
      process.stdin.on('data', () => process.exit(1));
    `);
    const pids = (await linesOf(child)(1)).map(Number);
    child.stdin.write('die');
    await child.exited;
    expect(await alive(pids)).toEqual(pids);
    expect(await child.stop({ graceMs: 1_000 })).toEqual([]);
    expect(await alive(pids)).toEqual([]);
  });

  test('stopping twice, at once or later, is one stop', async () => {
    const child = await start(`tell('up'); stay();`);
    await linesOf(child)(1);
    const [first, second] = await Promise.all([child.stop(), child.stop()]);
    expect([first, second, await child.stop()]).toEqual([[], [], []]);
  });
});

describe('Outliving us', () => {
  /** A process on its own that has a child which left it, and what one would write down of it. */
  async function orphan(): Promise<{ pid: number; start: string; child: number; output: string }> {
    const output = join(folder, `${Math.random()}.log`);
    const program = `tell('out'); process.stderr.write('err\\n'); child("tell('child ' + process.pid); stay();", { detached: true }); stay();`;
    const own = await startOnItsOwn({ command: process.execPath, args: script(program), env: {}, output });
    started.push(own);
    if (own.start === undefined) throw new Error('it ended at once');
    return { pid: own.pid, start: own.start, child: Number((await fileHas(output, /child (\d+)\n/))[1]), output };
  }

  async function fileHas(path: string, pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(readFileSync(path, 'utf8'));
      if (found !== null) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  test('it writes to its file and is stopped by its pid and start, with what it started', async () => {
    const { pid, start: since, child, output } = await orphan();
    expect(readFileSync(output, 'utf8')).toMatch(/out\n/);
    expect(await processStart(pid)).toBe(since);
    expect(await stopPid(pid, since, { graceMs: 1_000 })).toEqual([]);
    expect(await alive([pid, child])).toEqual([]);
    expect(await stopPid(pid, since)).toEqual([]);
  });

  test('a process that has the pid but another start is never touched', async () => {
    const { pid, start: since } = await orphan();
    expect(await stopPid(pid, `${since}0`, { graceMs: 0 })).toEqual([]);
    expect(await processStart(pid)).toBe(since);
    await stopPid(pid, since, { graceMs: 0 });
    expect(await processStart(pid)).toBeUndefined();
  });

  test('the end of its file is what it said last', async () => {
    const own = await startOnItsOwn({
      command: process.execPath,
      args: ['-e', 'process.stderr.write("x".repeat(20000) + "last words")'],
      env: {},
      output: join(folder, 'tail.log'),
    });
    expect(await own.exited).toEqual({ code: 0, signal: null });
    expect(own.stderrTail()).toHaveLength(8 * 1024);
    expect(own.stderrTail()).toMatch(/last words$/);
  });

  test('it does not keep us from ending, as one that we talk with does', async () => {
    const held = (): number => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
    const before = held();
    const { pid, start: since } = await orphan();
    expect(held()).toBe(before);
    const talking = await start('stay();');
    expect(held()).toBe(before + 1);
    await talking.stop();
    await stopPid(pid, since);
  });

  test('our end does not reach it: it leads a group of its own, and what it says goes to its file', async () => {
    const { pid, start: since, output } = await orphan();
    // There is a group of that number only when it leads one.
    expect(process.kill(-pid, 0)).toBe(true);
    await fileHas(output, /out\n[\s\S]*err\n|err\n[\s\S]*out\n/);
    await stopPid(pid, since);
    expect(() => process.kill(-pid, 0)).toThrow('ESRCH');
  });
});
