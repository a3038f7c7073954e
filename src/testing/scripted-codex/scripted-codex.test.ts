import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { StdioCodex } from '../stdio-codex.js';
import { type TempHome, tempHome } from '../temp-home.js';
import { type ScriptedTransport, scriptedTransport } from './in-memory.js';
import { installScriptedCodex, playedBy } from './install.js';
import { listenScriptedCodex } from './listen.js';
import { always, answer, type CodexStep, close, emit, exit, expectCall, handshake, raw, reply, replyError, waitFor } from './steps.js';

/** Sends frames, and resolves to all texts that came once the script has ended. */
async function converse(
  steps: readonly CodexStep[],
  ...frames: readonly unknown[]
): Promise<{ texts: string[]; transport: ScriptedTransport }> {
  const transport = scriptedTransport(steps);
  const texts: string[] = [];
  transport.receive((text) => texts.push(text));
  for (const frame of frames) transport.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  await transport.closed;
  return { texts, transport };
}

describe('A script in memory', () => {
  test('answers carry the id of their request, in whatever order they are given', async () => {
    const steps = [expectCall('a'), expectCall('b'), reply('b', { n: 2 }), replyError('a', -32600, 'no'), close()];
    const { texts } = await converse(steps, { id: 'one', method: 'a' }, { id: 0, method: 'b' });
    expect(texts.map((text) => JSON.parse(text))).toEqual([
      { id: 0, result: { n: 2 } },
      { id: 'one', error: { code: -32600, message: 'no' } },
    ]);
  });

  test('a frame that comes early waits for its step', async () => {
    const steps = [...answer('second', {}), ...answer('first', {}), exit(3)];
    const { texts, transport } = await converse(steps, { id: 1, method: 'first' }, { id: 2, method: 'second' });
    expect(texts).toEqual(['{"id":2,"result":{}}', '{"id":1,"result":{}}']);
    expect(await transport.closed).toMatchObject({ how: 'exited', exitCode: 3, signal: null });
  });

  test('an expectation looks at the params it names and at no others', async () => {
    const steps = [expectCall('turn/start', { input: [{ text: 'right' }] }), emit({ method: 'seen' }), close()];
    const wrong = { id: 1, method: 'turn/start', params: { input: [{ text: 'wrong' }] } };
    const right = { id: 2, method: 'turn/start', params: { input: [{ text: 'right', more: 1 }], threadId: 't' } };
    const { texts, transport } = await converse(steps, wrong, right);
    expect(texts).toEqual(['{"method":"seen"}']);
    expect(transport.received).toEqual([wrong, right]);
  });

  test('a question waits for its answer', async () => {
    const steps = [emit({ id: 0, method: 'ask' }), waitFor({ id: 0, result: { decision: 'accept' } }), emit({ method: 'thanks' }), close()];
    const { texts } = await converse(steps, { id: 0, result: { decision: 'decline' } }, { id: 0, result: { decision: 'accept' } });
    expect(texts).toEqual(['{"id":0,"method":"ask"}', '{"method":"thanks"}']);
  });

  test('a standing answer serves requests of before and after', async () => {
    const steps = [expectCall('go'), always('list', { data: [] }), expectCall('stop'), close()];
    const { texts } = await converse(steps, { id: 1, method: 'list' }, { method: 'go' }, { id: 2, method: 'list' }, { method: 'stop' });
    expect(texts).toEqual(['{"id":1,"result":{"data":[]}}', '{"id":2,"result":{"data":[]}}']);
  });

  test('placeholders are filled from the newest frame of the method', async () => {
    const steps = [
      expectCall('turn/start'),
      emit({ method: 'echo', params: { id: '{{turn/start.params.client.id}}', no: '{{x.y}}' } }),
      close(),
    ];
    const { texts } = await converse(steps, { id: 1, method: 'turn/start', params: { client: { id: 'mine' } } });
    expect(JSON.parse(texts[0] ?? '')).toEqual({ method: 'echo', params: { id: 'mine', no: null } });
  });

  test('half a line comes as it is, and noise is passed over', async () => {
    const { texts, transport } = await converse([expectCall('go'), raw('{"half'), exit('SIGKILL')], 'noise', '[]', { method: 'go' });
    expect(texts).toEqual(['{"half']);
    expect(transport.received).toEqual([{ method: 'go' }]);
    expect(await transport.closed).toMatchObject({ how: 'exited', signal: 'SIGKILL' });
  });

  test('a script that is not satisfied says where it waits', async () => {
    const transport = scriptedTransport([...handshake(), expectCall('thread/start')]);
    const answered = new Promise((resolve) => transport.receive(resolve));
    transport.send('{"id":1,"method":"initialize"}');
    transport.send('{"method":"initialized"}');
    await answered;
    await transport.close();
    expect(transport.finished).toBe(false);
    expect(transport.waitsAt).toBe('step 4: {"do":"expect","method":"thread/start"}');
  });
});

describe('A script as an executable', () => {
  let home: TempHome;
  beforeAll(async () => {
    home = await tempHome();
  });
  afterAll(() => home[Symbol.asyncDispose]());

  test('says its version', async () => {
    const path = await installScriptedCodex(home.join('v'), [], { version: '0.42.0' });
    expect((await promisify(execFile)(path, ['--version'])).stdout).toBe('codex-cli 0.42.0\n');
  });

  test('plays a turn to a client on stdio, and each start plays its own script', async () => {
    const turn = (status: string): CodexStep[] => [
      ...handshake(),
      ...answer('thread/start', { thread: { id: 't' } }),
      ...answer('turn/start', { turn: { id: 'u' } }),
      emit({ method: 'turn/completed', params: { threadId: 't', turn: { id: 'u', status } } }),
    ];
    const path = await installScriptedCodex(home.join('starts'), [turn('failed'), turn('completed')]);
    const play = async (): Promise<unknown> => {
      await using codex = await new StdioCodex(path, {}).initialize();
      return (await codex.turn(await codex.thread('/w'), 'hi')).status;
    };
    expect([await play(), await play(), await play()]).toEqual(['failed', 'completed', 'completed']);
    const wires = await playedBy(path);
    expect(wires.map((wire) => wire.length)).toEqual([8, 8, 8]);
    expect(wires[0]?.at(-1)).toContain('<- {"method":"turn/completed"');
  });

  test('dies by a signal in the middle of a line', async () => {
    const path = await installScriptedCodex(home.join('dies'), [emit({ method: 'a' }), raw('{"method":"b'), exit('SIGKILL')]);
    const child = spawn(path, ['app-server'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (data) => {
      output += String(data);
    });
    const [code, signal] = await once(child, 'close');
    expect([code, signal, output]).toEqual([null, 'SIGKILL', '{"method":"a"}\n{"method":"b']);
  });

  test('a stubborn one survives SIGTERM and the end of its input', async () => {
    const steps: CodexStep[] = [{ do: 'stubborn' }, emit({ method: 'ready' }), expectCall('go'), emit({ method: 'alive' })];
    const path = await installScriptedCodex(home.join('stubborn'), steps);
    const child = spawn(path, ['app-server'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    child.stdin.end('{"method":"go"}\n');
    expect(String((await once(child.stdout, 'data'))[0])).toBe('{"method":"alive"}\n');
    child.kill('SIGKILL');
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  });
});

describe('A script behind a socket', () => {
  test.each(['loopback', 'unix'])('is played over %s', async (kind) => {
    await using home = await tempHome();
    const options = kind === 'unix' ? { path: home.join('s.sock') } : {};
    await using codex = await listenScriptedCodex([...answer('initialize', { ok: true }), exit(1)], options);
    const socket = new WebSocket(codex.url);
    const message = once(socket, 'message');
    const gone = once(socket, 'close');
    await once(socket, 'open');
    socket.send('{"id":7,"method":"initialize"}');
    expect(String((await message)[0])).toBe('{"id":7,"result":{"ok":true}}');
    // 1006: no goodbye, as when a process is gone.
    expect((await gone)[0]).toBe(1006);
    expect(codex.received).toEqual([[{ id: 7, method: 'initialize' }]]);
  });
});
