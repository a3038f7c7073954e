import { execFileSync, spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { type ProcessTable, PS_ARGS, parseProcStat, parsePs, procTable, psTable } from './process-table.js';

test('a name with blanks and brackets does not shift the fields', () => {
  const fields = ['S', '7', '8', '9', ...Array.from({ length: 15 }, () => '0'), '4242', '0'];
  expect(parseProcStat(`123 (a) b (c)) ${fields.join(' ')}\n`, 'boot')).toEqual({
    pid: 123,
    parent: 7,
    group: 8,
    session: 9,
    start: 'boot/4242',
    zombie: false,
  });
  expect(parseProcStat('nonsense', 'boot')).toBeUndefined();
});

test('a process whose first thread has ended is none only when the others have too', () => {
  const row = (threads: number) => parseProcStat(`1 (x) Z ${Array.from({ length: 16 }, () => '0').join(' ')} ${threads} 0 5 0`, 'b');
  expect([row(1), row(3)].map((one) => [one?.start, one?.zombie])).toEqual([
    ['b/5', true],
    ['b/5', false],
  ]);
});

test('a line of ps is read with its date, and a zombie is one', () => {
  const text = '    1     0     1 Ss   Fri Nov 20 10:00:00 2026\n 4711  1  4711 Z+ Sat Nov 21 03:00:00 2026  \n\n';
  expect(parsePs(text)).toEqual([
    { pid: 1, parent: 0, group: 1, session: 1, start: 'Fri Nov 20 10:00:00 2026', zombie: false },
    { pid: 4711, parent: 1, group: 4711, session: 4711, start: 'Sat Nov 21 03:00:00 2026', zombie: true },
  ]);
});

/** The tables that this system can be asked by; every system that we know has one of them. */
const tables: [string, ProcessTable][] = [
  ...(process.platform === 'linux' ? [['/proc', procTable] satisfies [string, ProcessTable]] : []),
  ...(hasPs() ? [['ps', psTable((args) => Promise.resolve(ps(args)))] satisfies [string, ProcessTable]] : []),
];

test('there is a table to ask', () => {
  expect(tables).not.toEqual([]);
});

for (const [name, table] of tables) {
  test(`${name} shows ourselves and a child that leads its own session, with a start that stays`, async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const pid = child.pid ?? 0;
    const rows = await table.list();
    expect(rows.find((row) => row.pid === process.pid)?.zombie).toBe(false);
    const row = rows.find((found) => found.pid === pid);
    expect(row).toMatchObject({ parent: process.pid, group: pid, session: pid });
    expect(await table.find(pid)).toMatchObject({ start: row?.start });
    const memory = await table.memory([process.pid, pid]);
    expect([...memory.keys()].sort()).toEqual([process.pid, pid].sort());
    expect(memory.get(process.pid)).toBeGreaterThan(10_000_000);
    child.stdin.end();
    await gone;
    expect(await table.find(pid)).toBeUndefined();
  });
}

for (const [name, table] of tables) {
  test(`${name} finds a process by one of its arguments, and not by a part of it`, async () => {
    const argument = `unix:///nowhere/${process.pid}-${name.length}.sock`;
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()', '--', argument], { stdio: ['pipe', 'ignore', 'ignore'] });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.once('spawn', resolve));
    expect(await table.withArgument(argument)).toEqual([child.pid]);
    expect(await table.withArgument(argument.slice(0, -1))).toEqual([]);
    child.stdin.end();
    await gone;
    expect(await table.withArgument(argument)).toEqual([]);
  });
}

function ps(args: readonly string[]): string {
  return execFileSync('ps', args, { encoding: 'utf8' });
}

function hasPs(): boolean {
  try {
    return parsePs(ps(PS_ARGS)).length > 0;
  } catch {
    // A small system may do without.
    return false;
  }
}
