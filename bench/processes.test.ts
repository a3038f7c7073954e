import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { cpuMs, endedChildrenCpuMs, rssMb, startedBy } from './processes.js';

test('the processes below another are found, also those of its children and those that are marked, and ended ones are not', async () => {
  // The shell starts one child, which starts another; a third one is no relative and bears the mark.
  const shell = spawn('sh', ['-c', 'sh -c "sleep 60 & echo; wait" & wait'], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const marked = spawn('sleep', ['60'], { env: { ...process.env, BENCH_MARK: 'of this test' }, stdio: 'ignore' });
  try {
    await Promise.all([once(shell.stdout, 'data'), once(marked, 'spawn')]);
    const found = startedBy(shell.pid ?? 0, 'BENCH_MARK=of this test\0');
    expect(found).toContain(marked.pid);
    expect(found).not.toContain(shell.pid);
    expect(found.length).toBe(3);
    expect(found.every((pid) => rssMb(pid) > 0)).toBe(true);
  } finally {
    process.kill(-(shell.pid ?? 0), 'SIGKILL');
    marked.kill('SIGKILL');
    await Promise.all([once(shell, 'exit'), once(marked, 'exit')]);
  }
  expect(startedBy(shell.pid ?? 0, 'BENCH_MARK=of this test\0')).toEqual([]);
});

test('the processor time of children that have ended is counted with who waited for them', async () => {
  const busy = 'const end = process.cpuUsage().user + 200_000; while (process.cpuUsage().user < end);';
  const parent = spawn('sh', ['-c', `${process.execPath} -e '${busy}'; echo; sleep 60`], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  try {
    await once(parent.stdout, 'data');
    expect(endedChildrenCpuMs(parent.pid ?? 0)).toBeGreaterThanOrEqual(200);
    expect(cpuMs(parent.pid ?? 0)).toBeLessThan(200);
  } finally {
    process.kill(-(parent.pid ?? 0), 'SIGKILL');
    await once(parent, 'exit');
  }
});
