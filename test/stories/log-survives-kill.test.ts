/** A host that is killed in the middle of writing has lost nothing of what it acknowledged, and its home is free at once. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openSqliteLog } from '../../src/log/sqlite/sqlite-log.js';
import type { Log } from '../../src/ports/log.js';
import { tempHome } from '../../src/testing/temp-home.js';

const WRITER = fileURLToPath(new URL('../fixtures/log-writer.mjs', import.meta.url));

describe('A log whose writer is killed', () => {
  for (const seed of [1, 2, 3]) {
    test(`has every acknowledged record, each one whole, after each of five kills (seed ${seed})`, async () => {
      await using home = await tempHome();
      const acknowledged: string[] = [];
      for (let round = 1; round <= 5; round++) {
        acknowledged.push(...(await writeUntilKilled(home.path, seed * 100 + round, 20 + ((seed * 7919 + round * 104729) % 400))));
        await using log = await openSqliteLog({ directory: home.path });
        const found = await recordsIn(log);
        expect(acknowledged.filter((line) => !found.has(line))).toEqual([]);
      }
      expect(acknowledged.length).toBeGreaterThan(100);
    });
  }

  test('was closed to a second host, and is open to it as soon as the writer is gone', async () => {
    await using home = await tempHome();
    const { child, lines } = startWriter(home.path, 7);
    await lines.next();
    await expect(openSqliteLog({ directory: home.path })).rejects.toMatchObject({ code: 'home-locked' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await using log = await openSqliteLog({ directory: home.path });
    expect((await log.append('after', { events: [{ type: 'noted', body: '{}' }] }, 'none')).first).toBe(1);
  });
});

interface Writer {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

function startWriter(directory: string, seed: number): Writer {
  const child = spawn(process.execPath, [WRITER, directory, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

/** Kills the writer once it has said `count` lines; returns all that it had said until it was gone. */
async function writeUntilKilled(directory: string, seed: number, count: number): Promise<string[]> {
  const { child, lines } = startWriter(directory, seed);
  const exited = once(child, 'exit');
  const said: string[] = [];
  expect((await lines.next()).value).toBe('open');
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    said.push(line.value);
    if (said.length === count) child.kill('SIGKILL');
  }
  expect((await exited)[1]).toBe('SIGKILL');
  return said;
}

/** Every record as the line that the writer says of it. Fails where positions have a gap or a record is torn. */
async function recordsIn(log: Log): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const heads = new Map<string, number>();
  let seq = 0;
  for await (const record of log.read({ after: 0 })) {
    const first = (heads.get(record.stream) ?? 0) + 1;
    expect(record.seq).toBe(++seq);
    const bodies = record.events.map(({ body }): { id?: string; index?: number } => JSON.parse(body));
    expect(bodies.map(({ id, index }) => [id, index])).toEqual(bodies.map((_, index) => [record.commandId, index]));
    expect(record.events.map(({ position }) => position)).toEqual(bodies.map((_, index) => first + index));
    heads.set(record.stream, first + bodies.length - 1);
    found.add(`${record.stream} ${first} ${bodies.length} ${record.commandId}`);
  }
  for await (const { stream, head } of log.streams()) expect(heads.get(stream)).toBe(head);
  return found;
}
