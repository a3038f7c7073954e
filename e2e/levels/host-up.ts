/** L1: a host comes up, says so, and lets in whoever has its token and nobody else. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Level, must } from '../ladder.js';
import type { Served } from '../program.js';
import { type Stage, stageFor } from '../stage.js';
import { until } from '../until.js';

export const hostUpLevel: Level = {
  name: 'L1',
  title: 'a host comes up, answers, and lets in whoever has its token',
  async climb(climb) {
    const stage = await stageFor(climb);
    let serving: Promise<Served> | undefined;
    await climb.step('the first login is let in as soon as the host answers, however early it is tried', async () => {
      serving = stage.serve();
      serving.catch(() => undefined);
      return await firstLogin(stage);
    });
    const host = await (serving ?? stage.serve());
    await climb.check('/healthz answers everybody, /readyz whoever has the token', async () => {
      const seen = [await status(host, '/healthz'), await status(host, '/readyz', host.token), await status(host, '/readyz')];
      must(seen.join() === '200,200,401', 'wanted 200 (healthz), 200 (readyz), 401 (readyz without token)', () => seen);
      return seen.join(', ');
    });
    await climb.check('a wrong token and none are refused with 401, a foreign Origin and a foreign Host with 403', async () => {
      const seen = [
        await status(host, '/v1/status', 'spool_wrong0123456789'),
        await status(host, '/v1/status'),
        await status(host, '/v1/status', host.token, { origin: 'https://elsewhere.example' }),
      ];
      must(seen.join() === '401,401,403', 'wanted 401, 401, 403', () => seen);
      return seen.join(', ');
    });
    await climb.check('the token lies in a file that its owner alone may read', () => {
      const mode = statSync(host.tokenFile).mode & 0o777;
      must(mode === 0o600, 'the token file can be read by others', () => mode.toString(8));
      return Promise.resolve('0600');
    });
    await climb.check('the program finds the host by its home alone', async () => {
      const { status: code, stdout, stderr } = await stage.spool('agent', 'ls', '--json');
      must(code === 0 && stdout.includes('"default"'), `spool agent ls ended with ${code}`, () => stderr || stdout);
      return undefined;
    });
  },
};

/** Tries until it is let in; a refusal once there is a token would be a race of the host's start. */
async function firstLogin({ home }: Stage): Promise<string> {
  const [hostFile, tokenFile] = [join(home, 'run', 'host.json'), join(home, 'token')];
  let tries = 0;
  let last: unknown;
  const refusals: number[] = [];
  await until(
    'a login',
    async () => {
      tries += 1;
      if (!existsSync(hostFile) || !existsSync(tokenFile)) return undefined;
      try {
        const { url } = JSON.parse(readFileSync(hostFile, 'utf8')) as { url: string };
        last = await status({ url }, '/v1/status', readFileSync(tokenFile, 'utf8').trim());
      } catch (error) {
        // Nobody listens yet.
        last = error instanceof Error ? error.message : error;
        return undefined;
      }
      if (last !== 200) refusals.push(Number(last));
      return last === 200 ? true : undefined;
    },
    { seen: () => `the last try: ${last}` },
  );
  must(refusals.length === 0, 'a login was refused before one was let in', () => refusals);
  return `let in at try ${tries}`;
}

async function status({ url }: Pick<Served, 'url'>, path: string, token?: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url + path, {
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
  });
  await response.arrayBuffer();
  return response.status;
}
