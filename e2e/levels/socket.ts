/** L7: the port of codex-cli-remote-control: on this machine only, of the system's choice, and for those who have the token. */

import { createHash } from 'node:crypto';
import { WebSocket } from 'ws';
import { HOLDS, partOf } from '../cast.js';
import { type Endpoint, endpointOf } from '../guest.js';
import { type Level, must } from '../ladder.js';
import { commandLine, listeningAddresses, processesOf, type SeenProcess } from '../process-tree.js';
import type { Served } from '../program.js';
import { type Stage, stageFor } from '../stage.js';
import { agentOf, play, sessionOf } from '../talk.js';

const { runtime } = partOf('codex-cli-remote-control');

export const socketLevel: Level = {
  name: 'L7',
  title: 'codex-cli-remote-control listens on loopback, on a free port, for whoever has the token',
  async climb(climb) {
    const stage = await stageFor(climb);
    const host = await stage.serve();
    let at: Endpoint | undefined;
    const end = (): Endpoint => at ?? fail();
    await climb.step('its process listens at an address that the host tells', async () => {
      at = await listening(stage, host);
      return at.address;
    });
    await climb.check('the port is on 127.0.0.1 alone, and the system chose it', () => Promise.resolve(loopbackOnly(stage, end())));
    await climb.check('the handshake with the token is accepted', async () => {
      const status = await upgrade(end(), { authorization: `Bearer ${end().token}` });
      must(status === 101, `it was answered with ${status}`);
      return `${status}`;
    });
    await climb.check('without a token, with a wrong one and with the hash of the right one it is 401', async () => {
      const hash = createHash('sha256').update(end().token).digest('hex');
      const seen = [await upgrade(end(), {})];
      for (const token of ['wrong', hash]) seen.push(await upgrade(end(), { authorization: `Bearer ${token}` }));
      must(
        seen.every((status) => status === 401),
        'wanted 401 for all',
        () => seen,
      );
      return seen.join(', ');
    });
    await climb.check('a page of a browser is refused, also with the token', async () => {
      const status = await upgrade(end(), { authorization: `Bearer ${end().token}`, origin: 'http://127.0.0.1' });
      must(status === 403, `it was answered with ${status}`);
      return `${status}`;
    });
    await climb.check('on the command line stands the hash of the token and not the token', () => {
      const one = processOf(stage, end());
      must(
        commandLine(one).includes(`--ws-token-sha256 ${createHash('sha256').update(end().token).digest('hex')}`),
        'the hash is not there',
        () => commandLine(one),
      );
      must(!commandLine(one).includes(end().token), 'the token is there');
      return Promise.resolve(undefined);
    });
    await climb.check('a second home has another port and another token', () => secondHome(stage, host, end()));
  },
};

function fail(): never {
  throw new Error('nothing listens');
}

async function listening(stage: Stage, host: Served, more: { alias?: string; codexHome?: string } = {}): Promise<Endpoint> {
  await play(host, await sessionOf(host, stage, await agentOf(host, stage, runtime, more)), HOLDS.says('hello'));
  return await endpointOf(host, runtime);
}

function processOf({ folder }: Stage, { pid }: Endpoint): SeenProcess {
  const found = processesOf(folder).find((one) => one.pid === pid);
  must(found !== undefined, `there is no process ${pid}`);
  return found;
}

function loopbackOnly(stage: Stage, at: Endpoint): string {
  const one = processOf(stage, at);
  must(/--listen ws:\/\/127\.0\.0\.1:0 /.test(commandLine(one)), 'the port was named and not left to the system', () => commandLine(one));
  const addresses = listeningAddresses([one]);
  const [, port] = /:(\d+)$/.exec(at.address) ?? [];
  must(addresses.join() === `127.0.0.1:${port}`, 'it listens elsewhere', () => addresses);
  return addresses.join();
}

/** The status with which a WebSocket is answered; 101 when it is opened. */
function upgrade({ address }: Endpoint, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(address, { headers });
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.once('error', reject);
  });
}

async function secondHome(stage: Stage, host: Served, first: Endpoint): Promise<string> {
  const { prepareOfflineHome } = await import('../../src/testing/index.js');
  const codexHome = await prepareOfflineHome(`${stage.codexHome}-2`, stage.model);
  await play(host, await sessionOf(host, stage, await agentOf(host, stage, runtime, { alias: 'second', codexHome })), HOLDS.says('hello'));
  const { runtimes } = await host.client.status();
  const second = runtimes.find(({ home }) => home === codexHome);
  must(second?.address !== undefined && second.address !== first.address, 'the second process is not apart', () => runtimes);
  const status = await upgrade({ ...first, address: second.address }, { authorization: `Bearer ${first.token}` });
  must(status === 401, `the token of the first is answered with ${status} at the second`);
  return second.address;
}
