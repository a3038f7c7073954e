import { expect, test } from 'vitest';
import { takeCensus } from './census.js';
import { processTable, startProcess } from './process.js';
import type { ProcessRow, ProcessTable } from './process-table.js';

function row(pid: number, parent: number, session: number, zombie = false): ProcessRow {
  return { pid, parent, group: session, session, start: `${pid}`, zombie };
}

function tableOf(rows: readonly ProcessRow[], sizes: ReadonlyMap<number, number>): ProcessTable {
  return {
    list: () => Promise.resolve([...rows]),
    find: (pid) => Promise.resolve(rows.find((one) => one.pid === pid)),
    withArgument: () => Promise.resolve([]),
    memory: (pids) => Promise.resolve(new Map([...sizes].filter(([pid]) => pids.includes(pid)))),
  };
}

test('children, grandchildren, what left the session and orphans in it count; strangers, the dead and what is gone do not', async () => {
  const rows = [
    row(1, 0, 1),
    row(10, 1, 10),
    row(11, 10, 10),
    // Left by setsid, with a child of its own.
    row(12, 11, 12),
    row(13, 12, 12),
    // Its parent is gone, its session tells.
    row(14, 1, 10),
    row(15, 10, 10, true),
    row(20, 1, 20),
  ];
  const sizes = new Map([10, 11, 12, 13, 14, 15, 20].map((pid) => [pid, pid * 100]));
  expect(await takeCensus([10, 99], tableOf(rows, sizes))).toEqual(new Map([[10, { processes: 5, memoryBytes: 6000 }]]));
  expect(await takeCensus([20], tableOf(rows, new Map()))).toEqual(new Map([[20, { processes: 1, memoryBytes: null }]]));
});

test('a real process is counted with what it started', async () => {
  const program = `const c = require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' }); c.on('spawn', () => console.log('up'));
    process.stdin.resume();`;
  const child = await startProcess({ command: process.execPath, args: ['-e', program], env: { PATH: process.env['PATH'] } });
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const census = (await takeCensus([child.pid], processTable)).get(child.pid);
    expect(census?.processes).toBe(2);
    expect(census?.memoryBytes).toBeGreaterThan(10_000_000);
  } finally {
    await child.stop({ graceMs: 0 });
  }
});
