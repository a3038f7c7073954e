/**
 * What the gateway costs between an agent and its model: the same requests straight to a model's server and through a served host, in
 * turns. The server, the host and the client are processes of their own.
 */

import { rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { homePaths } from '../src/base/home-paths.js';
import { writePrivateFile } from '../src/base/private-files.js';
import { Stack } from '../src/base/stack.js';
import { agentAccess } from '../src/daemon/agent-access.js';
import { openVault } from '../src/daemon/vault.js';
import { silentLogger } from '../src/ports/logger.js';
import { codexBinary } from '../src/testing/codex-binary.js';
import { tempHome } from '../src/testing/temp-home.js';
import { atTheLatest, startWorker } from './children.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { type FromUpstream, WANTS } from './gateway-upstream.js';
import { serve } from './served-host.js';
import { median, medianRatio, nowMs, pause, quantile } from './stats.js';

const MB = 1_000_000;
/** What a fast model says: 6.5 MB/s, far more than any of today. */
const PACED = { bytes: 10 * MB, block: 65_536, everyMs: 10 };
const RUSHED = { bytes: 10 * MB, block: 65_536, everyMs: 0 };
const SHORT = { bytes: 200, block: 200, everyMs: 0 };
/** As large as the first request of a turn of Codex. */
const QUESTION = Buffer.alloc(40_000, ' ');

interface Timing {
  readonly firstByteMs: number;
  readonly wholeMs: number;
}

type Ask = (wanted: Readonly<Record<keyof typeof WANTS, number>>) => Promise<Timing>;

export async function benchGateway({ quick, cli }: BenchOptions): Promise<BenchResult> {
  await using stack = new Stack();
  const upstream = stack.use(startWorker<object, FromUpstream>('gateway-upstream'));
  const { url } = await upstream.next('ready');
  const through = await gatewayOf(stack, cli, url);
  const straight = asker(url, 'none');

  const calls = quick ? 100 : 600;
  const streams = quick ? 2 : 8;
  const first = await inTurns(
    calls,
    20,
    () => straight(SHORT),
    () => through(SHORT),
  );
  const paced = await inTurns(
    streams,
    1,
    () => straight(PACED),
    () => through(PACED),
  );
  const rushed = await inTurns(
    quick ? 5 : 20,
    3,
    () => straight(RUSHED),
    () => through(RUSHED),
  );

  const firstByte = ({ firstByteMs }: Timing): number => firstByteMs;
  const whole = ({ wholeMs }: Timing): number => wholeMs;
  const added = (share: number): number => quantile(first.through.map(firstByte), share) - quantile(first.straight.map(firstByte), share);
  return {
    figures: [
      { name: 'gateway, first byte added: median', value: added(0.5), unit: 'ms', floor: 1 },
      { name: 'gateway, first byte added: p95', value: added(0.95), unit: 'ms' },
      { name: 'first byte, straight: median', value: median(first.straight.map(firstByte)), unit: 'ms' },
      {
        name: '10 MB at the pace of a fast model: gateway ÷ straight',
        value: medianRatio(paced.through.map(whole), paced.straight.map(whole)),
        unit: '×',
        floor: 1.02,
      },
      { name: '10 MB at that pace, straight', value: median(paced.straight.map(whole)), unit: 'ms' },
      {
        name: '10 MB as fast as can be: gateway ÷ straight',
        value: medianRatio(rushed.through.map(whole), rushed.straight.map(whole)),
        unit: '×',
      },
      { name: '10 MB as fast as can be, through the gateway', value: median(rushed.through.map(whole)), unit: 'ms' },
    ],
    notes: [
      `${calls} short answers to questions of ${QUESTION.length / 1000} kB, ${streams} paced streams of 64 KiB each 10 ms, straight and through the gateway in turns`,
      'every call looks whether the vault and the agent are still the same, and what it costs is read from each stream',
    ],
  };
}

async function inTurns(rounds: number, warm: number, one: () => Promise<Timing>, other: () => Promise<Timing>) {
  const straight: Timing[] = [];
  const through: Timing[] = [];
  for (let round = -warm; round < rounds; round++) {
    const both = [await one(), await other()] as const;
    if (round < 0) continue;
    straight.push(both[0]);
    through.push(both[1]);
  }
  return { straight, through };
}

/** A served host whose vault has a key for `baseUrl`, asked as an agent of it. */
async function gatewayOf(stack: Stack, cli: string, baseUrl: string): Promise<Ask> {
  const temporary = stack.use(await tempHome());
  const duty = atTheLatest(() => rmSync(temporary.path, { recursive: true, force: true }));
  stack.defer(() => duty[Symbol.dispose]());
  const env = { ...process.env, HOME: temporary.path, SPOOL_HOME: temporary.join('spool'), SPOOL_CODEX_BIN: codexBinary() };
  const paths = homePaths(env, temporary.path);
  await openVault(paths).put('codex', { kind: 'apiKey', key: 'sk-bench', baseUrl }, 'bench');
  const agent = { alias: 'main', runtime: 'codex-app-server', codexHome: 'own' };
  writePrivateFile(`${paths.agents}/main/config.json`, JSON.stringify(agent));
  // Once open, the host opens it again by itself and at the same address.
  const access = agentAccess({ paths, logger: silentLogger });
  const { url, token } = await access.admit('main');
  await access[Symbol.asyncDispose]();
  stack.use(await serve({ cli, env: { ...env, SPOOL_LOG: 'warn' } }));
  const ask = asker(`${url}/model/v1`, token);
  for (let tries = 0; ; tries++) {
    try {
      await ask(SHORT);
      return ask;
    } catch (error) {
      if (tries > 200) throw error;
      await pause(25);
    }
  }
}

function asker(baseUrl: string, token: string): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return ({ bytes, block, everyMs }) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-length': QUESTION.length,
        'x-codex-turn-metadata': JSON.stringify({ turn_id: 'one', root_turn_id: 'one' }),
        [WANTS.bytes]: bytes,
        [WANTS.block]: block,
        [WANTS.everyMs]: everyMs,
      };
      const began = nowMs();
      const asking = request(`${baseUrl}/responses`, { method: 'POST', agent, headers }, (response) => {
        let firstByteMs = 0;
        let got = 0;
        response.on('data', (part: Buffer) => {
          if (got === 0) firstByteMs = nowMs() - began;
          got += part.length;
        });
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode === 200 && got > bytes) resolve({ firstByteMs, wholeMs: nowMs() - began });
          else reject(new Error(`${baseUrl} answered ${response.statusCode} with ${got} bytes`));
        });
      });
      asking.once('error', reject).end(QUESTION);
    });
}
