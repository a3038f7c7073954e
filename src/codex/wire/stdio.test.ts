import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.js';
import { type PipedProcess, processStart, startProcess } from '../../base/process.js';
import { codexBinary } from '../../testing/codex-binary.js';
import { CODEX_VERSION } from '../generated/version.js';
import { Client } from './client.js';
import { handshake } from './handshake.js';
import { stdioTransport } from './stdio.js';

const home = mkdtempSync(join(tmpdir(), 'spool-stdio-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function program(source: string): Promise<PipedProcess> {
  return startProcess({ command: process.execPath, args: ['-e', source], env: { PATH: process.env['PATH'] } });
}

/** A transport over a program, and all that it says until its end. */
async function over(source: string, maxMessageBytes?: number) {
  const child = await program(source);
  const transport = stdioTransport(child, { clock: systemClock, ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }) });
  const heard: string[] = [];
  transport.receive((text) => heard.push(text));
  return { child, transport, heard };
}

describe('Over pipes', () => {
  test('messages go both ways as lines', async () => {
    const { child, transport, heard } = await over('process.stdin.pipe(process.stdout)');
    transport.send('{"a":"ä\u2028"}');
    transport.send('{"b":2}');
    await transport.close();
    expect((await transport.closed).how).toBe('closed');
    expect(heard.filter((text) => text === 'after the end')).toEqual([]);
    // At the end of its stdin it goes by itself.
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test('a last message without a newline is heard before the end, and the end says how it went', async () => {
    const { transport, heard } = await over(`process.stdout.write('{"a":1}\\n\\n  \\n{"b":2}', () => process.exit(3))`);
    expect(await transport.closed).toEqual({ how: 'exited', message: 'Codex exited with code 3', exitCode: 3, signal: null });
    expect(heard).toEqual(['{"a":1}', '{"b":2}']);
    transport.send('nobody is there');
    await transport.close();
    expect((await transport.closed).how).toBe('exited');
  });

  test('what came before anyone listened is kept', async () => {
    const child = await program(`process.stdout.write('one\\ntwo\\n')`);
    const transport = stdioTransport(child, { clock: systemClock });
    await transport.closed;
    const heard: string[] = [];
    transport.receive((text) => heard.push(text));
    expect(heard).toEqual(['one', 'two']);
    expect(() => transport.receive(() => undefined)).toThrow('one listener');
  });

  test('a signal that ended the process is named', async () => {
    const { child, transport } = await over(`setInterval(() => undefined, 1e6)`);
    process.kill(child.pid, 'SIGKILL');
    expect(await transport.closed).toMatchObject({ how: 'exited', exitCode: null, signal: 'SIGKILL' });
  });

  test('a grandchild that holds stdout open does not hide that the process is gone', async () => {
    const { child, transport, heard } = await over(`
      require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e6)'], { stdio: 'inherit' });
      process.stdout.write('last\\n', () => process.exit(1));
    `);
    expect(await transport.closed).toMatchObject({ how: 'exited', exitCode: 1 });
    expect(heard).toEqual(['last']);
    expect(await child.stop()).toEqual([]);
  });

  test('a line over the limit is the end, with a reason, and does not block the process', async () => {
    const { child, transport, heard } = await over(`process.stdout.write('ok\\n' + 'x'.repeat(3e6) + '\\nnever\\n')`, 1_000);
    expect(await transport.closed).toMatchObject({ how: 'failed', message: expect.stringContaining('longer than 1000 bytes') });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(heard).toEqual(['ok']);
  });
});

describe('The real Codex on stdio', () => {
  test('it is greeted, asked, refuses what is wrong, and ends when we let go', async () => {
    const child = await startProcess({
      command: codexBinary(),
      args: ['app-server'],
      env: { PATH: process.env['PATH'], CODEX_HOME: home },
    });
    const client = new Client(stdioTransport(child, { clock: systemClock }), {
      clock: systemClock,
      onNotification: () => undefined,
      onRequest: (request) => request.error({ code: -32000, message: 'nobody is asked here' }),
    });
    await expect(client.request('thread/loaded/list', {})).rejects.toMatchObject({ code: 'runtime-failed', message: 'Not initialized' });
    expect(await handshake(client, { version: '0.0.1' })).toEqual({ version: CODEX_VERSION, codexHome: home });
    expect(await handshake(client, { version: '0.0.1' })).toEqual({ version: undefined, codexHome: undefined });
    expect((await client.request('thread/loaded/list', {})).data).toEqual([]);
    await expect(client.request('thread/resume', { threadId: '01a1fb3d-661c-7181-9fc8-d2aaf7016ab9' })).rejects.toMatchObject({
      code: 'runtime-failed',
      message: expect.stringContaining('no rollout found'),
      details: { method: 'thread/resume', rpcCode: -32600 },
    });
    // Far more at once than it would take by itself: it drops some without a word when asked for all of them.
    const many = await Promise.all(Array.from({ length: 1_000 }, () => client.request('thread/loaded/list', {})));
    expect(many).toHaveLength(1_000);
    expect(client.noise).toBe(0);
    await client.close();
    expect(await child.exited).toEqual({ code: 0, signal: null });
    await child.stop();
    expect(await processStart(child.pid)).toBeUndefined();
  });
});
