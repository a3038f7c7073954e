/** Files that turns of the real Codex produce, and pictures that are given to it. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/events.js';
import { prepareOfflineHome } from '../../src/testing/index.js';
import { type Ran, spool } from '../support/spool.js';
import { eventOf, type Served, type World, world } from './rig.js';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');

async function artist(w: World): Promise<{ host: Served; session: string }> {
  await prepareOfflineHome(w.home.join('codex'), w.model, { images: true });
  const host = await w.serve();
  const { id } = await host.client.sessions.open({ cwd: w.work });
  return { host, session: id };
}

test('a picture that Codex makes is told before the result, listed, and handed out', async () => {
  await using w = await world();
  const { host, session } = await artist(w);
  const query = host.client.session(session).query('[[image:a red square]] [[text:there it is]]');
  query.end();
  const heard: string[] = [];
  for await (const event of query.events) if (event.type !== 'activity') heard.push(event.type);
  expect(heard).toEqual(['init', 'progress', 'file', 'result']);
  const { items } = await host.client.sessions.files(session);
  expect(items).toMatchObject([{ file: 'file_1', mediaType: 'image/png', bytes: PNG.length }]);
  const answer = await host.client.sessions.file(session, 'file_1');
  expect(answer.headers.get('content-type')).toBe('image/png');
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(PNG);
  const event = await eventOf(host.client, session, (one): one is Event<'file.produced'> => one.type === 'file.produced');
  expect(event.item).toMatch(/^call_/);
});

test('a picture that came while no host listened is told by the next one', async () => {
  await using w = await world();
  const { host, session } = await artist(w);
  const { turn } = await host.client.turns.request(session, { input: '[[deltas:40:20]] [[image:a red square]] [[deltas:40:20]]' });
  await eventOf(host.client, session, (event) => event.type === 'item.delta');
  await host.kill('SIGKILL');
  await w.model.request(2);
  const next = await w.serve();
  expect(await next.client.wait(session, turn.id)).toMatchObject({ status: 'completed' });
  const { events } = await next.client.sessions.events(session, { limit: 1000 });
  expect(events.filter(({ type }) => type === 'file.produced')).toMatchObject([{ turn: turn.id, data: { file: 'file_1' } }]);
});

test('what a command puts into the folder of the thread is told at the end of the turn, and only by the turn that wrote it', async () => {
  await using w = await world();
  const host = await w.serve();
  const { id } = await host.client.sessions.open({ cwd: w.work, permissions: { profile: ':danger-full-access', approvalPolicy: 'never' } });
  const first = await host.client.turns.request(id, { input: '[[text:hello]]' });
  await host.client.wait(id, first.turn.id);
  const { threadId } = await host.client.sessions.get(id);
  const folder = w.home.join('codex', 'generated_images', threadId ?? '');
  const second = await host.client.turns.request(id, { input: `[[sh:mkdir -p ${folder} && echo 1 > ${folder}/plot.svg]]` });
  await host.client.wait(id, second.turn.id);
  const third = await host.client.turns.request(id, { input: '[[text:nothing new]]' });
  await host.client.wait(id, third.turn.id);
  const { items } = await host.client.sessions.files(id);
  expect(items).toMatchObject([{ name: 'plot.svg', mediaType: 'image/svg+xml', bytes: 2, turn: second.turn.id }]);
});

test('spool files lists what there is and fetches it by id or name', async () => {
  await using w = await world();
  const { host, session } = await artist(w);
  const { turn } = await host.client.turns.request(session, { input: '[[image:a red square]]' });
  await host.client.wait(session, turn.id);
  const env = { HOME: w.home.path, SPOOL_HOME: w.home.join('spool'), SPOOL_URL: host.url };
  const files = (...words: string[]): Promise<Ran> => spool(['files', ...words], { env, cwd: w.work });
  expect((await files(session)).stdout).toMatch(/file_1 +image\/png +70 +just now +call_\w+\.png/);
  const { items } = JSON.parse((await files(session, '--json')).stdout) as { items: { name: string }[] };
  const name = items[0]?.name ?? '';
  expect(await files(session, name, '--output', 'square.png')).toMatchObject({ status: 0, stderr: 'wrote square.png\n' });
  expect(await files(session, 'file_1', '--output', '.')).toMatchObject({ status: 0 });
  for (const path of ['square.png', name]) expect(await readFile(join(w.work, path))).toEqual(PNG);
  expect((await files(session, 'file_1')).stdout).toContain('PNG');
  expect(await files(session, 'file_2')).toMatchObject({ status: 2, stderr: expect.stringContaining('spool files') });
  expect(await files(session, '--output', 'x')).toMatchObject({ status: 2 });
  expect(await files(session, 'file_1', '--json')).toMatchObject({ status: 2 });
});

test('pictures given as a file and as a data URL reach the model', async () => {
  await using w = await world();
  const host = await w.serve();
  const { id } = await host.client.sessions.open({ cwd: w.work });
  await writeFile(`${w.work}/given.png`, PNG);
  const { turn } = await host.client.turns.request(id, {
    input: [
      { type: 'text', text: '[[text:I see]]' },
      { type: 'localImage', path: `${w.work}/given.png` },
      { type: 'image', url: `data:image/png;base64,${PNG.toString('base64')}` },
    ],
  });
  expect(await host.client.wait(id, turn.id)).toMatchObject({ status: 'completed', finalText: 'I see' });
  const { body } = await w.model.request(1);
  const images = JSON.stringify(body.input).match(/"image_url":"data:image\/png;base64,/g) ?? [];
  expect(images).toHaveLength(2);
});
