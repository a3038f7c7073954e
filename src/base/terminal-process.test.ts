import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { processTable } from './process.js';
import { type StartInTerminal, startInTerminal, type TerminalProcess } from './terminal-process.js';

const started: TerminalProcess[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop({ graceMs: 0 });
});

interface Seen {
  readonly terminal: TerminalProcess;
  /** All that was written, as soon as it holds `text`. */
  shows(text: string): Promise<string>;
}

async function start(script: string, more: Partial<StartInTerminal> = {}): Promise<Seen> {
  let all = '';
  let wake = (): void => undefined;
  const terminal = await startInTerminal({
    ...{ command: '/bin/sh', args: ['-c', script], env: { PATH: process.env['PATH'] ?? '' }, columns: 90, rows: 30 },
    onOutput: (text) => {
      all += text;
      wake();
    },
    ...more,
  });
  started.push(terminal);
  return {
    terminal,
    async shows(text) {
      while (!all.includes(text)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return all;
    },
  };
}

test('a program has a terminal of the given size, in the given folder, with the given environment and no other', async () => {
  const cwd = realpathSync(tmpdir());
  const script =
    'test -t 0 && test -t 1 && stty size && pwd && env | grep -c SPOOL_TEST_MARK; echo mark=$MARK; read line; echo "got $line"';
  process.env['SPOOL_TEST_MARK'] = 'ours';
  const { terminal, shows } = await start(script, { cwd, env: { PATH: process.env['PATH'] ?? '', MARK: 'theirs' } });
  const text = await shows('mark=');
  expect(text).toContain('30 90');
  expect(text).toContain(cwd);
  expect(text).toMatch(/\b0\r\nmark=theirs/);
  terminal.write('hello\r');
  await shows('got hello');
  expect(await terminal.exited).toEqual({ code: 0, signal: null });
  expect(terminal.exit).toEqual({ code: 0, signal: null });
  terminal.write('nobody is there');
});

test('its end tells the status or the signal', async () => {
  expect(await (await start('exit 3')).terminal.exited).toEqual({ code: 3, signal: null });
  expect(await (await start('kill -KILL $$')).terminal.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('it is stopped with all that it started, also what left its session and what does not want to go', async () => {
  const script =
    "trap '' TERM HUP; setsid sh -c \"trap '' TERM HUP; while :; do sleep 1; done\" & echo child=$!; while :; do sleep 1; done";
  const { terminal, shows } = await start(script);
  const child = Number(/child=(\d+)/.exec(await shows('\n'))?.[1]);
  expect(await processTable.find(child)).toBeDefined();
  expect(await Promise.all([terminal.stop({ graceMs: 0 }), terminal.stop()])).toEqual([[], []]);
  const left = (await processTable.list()).filter((row) => !row.zombie && [row.session, row.parent, row.pid].includes(terminal.pid));
  expect(left).toEqual([]);
  expect((await processTable.find(child))?.zombie ?? true).toBe(true);
  expect(terminal.exit).toMatchObject({ signal: 'SIGKILL' });
});

test('without the package for terminals that is said, and without the folder too', async () => {
  const options = { command: '/bin/sh', env: {}, columns: 80, rows: 24, onOutput: () => undefined };
  const missing = startInTerminal(options, () => Promise.reject(new Error('Cannot find package')));
  await expect(missing).rejects.toMatchObject({ code: 'runtime-missing', hint: expect.stringContaining('--include=optional') });
  await expect(startInTerminal({ ...options, cwd: '/not/there' })).rejects.toMatchObject({ code: 'invalid-input' });
});
