/** Files that turns produced, over HTTP: what is told of them, their bytes, and what nobody gets. */

import { renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../../src/client/connect.js';
import { dispositionOf } from '../../src/doors/http/file-answer.js';
import type { Fact } from '../../src/ports/agent.js';
import { type TempHome, tempHome } from '../../src/testing/temp-home.js';
import { OWNER } from '../host/rig.js';
import { type House, house, sessionId, TOKEN } from './house.js';

let at: House;
let home: TempHome;
let session: string;

beforeEach(async () => {
  home = await tempHome();
  await mkdir(home.join('made'));
  at = await house();
  ({ id: session } = await at.host.openSession({}, OWNER));
});

afterEach(async () => {
  await at[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const path = (name: string): string => home.join('made', name);

/** A turn that tells these files and ends. */
async function turn(n: number, ...files: readonly (Partial<Extract<Fact, { type: 'file' }>> & { path: string })[]): Promise<string> {
  const { turn: asked } = await at.host.requestTurn(session, { input: 'make' }, OWNER);
  await at.event(session, 'turn.started', n);
  const facts = files.map((file): Fact => ({ type: 'file', turn: asked.id, ...file }));
  at.agent.thread.say(...facts, { type: 'turn.completed', turn: asked.id, usage: null });
  await at.event(session, 'turn.completed', n);
  return asked.id;
}

const files = `/files`;
const routeOf = (file: string): string => `/v1/sessions/${session}${files}/${file}`;

test('the files of a session are told page by page, one that was written anew with its last turn', async () => {
  const first = await turn(1, { path: path('a.png'), mediaType: 'image/png', bytes: 1 }, { path: path('b.txt') });
  const second = await turn(2, { path: path('a.png'), mediaType: 'image/png', bytes: 2 });
  const page = (await at.ask(`/v1/sessions/${session}/files?limit=1`)).json();
  expect(page).toMatchObject({
    items: [{ file: 'file_1', name: 'a.png', path: path('a.png'), mediaType: 'image/png', bytes: 2, turn: second }],
    next: 'file_1',
  });
  const rest = (await at.ask(`/v1/sessions/${session}/files?cursor=file_1`)).json();
  expect(rest).toMatchObject({ items: [{ file: 'file_2', name: 'b.txt', mediaType: 'text/plain', bytes: null, turn: first }], next: null });
  expect((await at.ask(`/v1/sessions/${session}/files?cursor=nonsense`)).status).toBe(400);
  expect((await at.ask(`/v1/sessions/${sessionId(9)}/files`)).status).toBe(404);
});

test('the bytes come whole, with their size, their type, a name, and the word that they are no page', async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));
  writeFileSync(path('a.png'), bytes);
  await turn(1, { path: path('a.png'), mediaType: 'image/png' });
  const said = await at.ask(routeOf('file_1'), { method: 'HEAD' });
  expect([said.status, said.text]).toEqual([200, '']);
  expect(said.headers).toMatchObject({
    'content-type': 'image/png',
    'content-length': '300000',
    'content-disposition': `attachment; filename="a.png"; filename*=UTF-8''a.png`,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  const client = connect({ url: at.server.url, token: TOKEN });
  const answer = await client.sessions.file(session, 'file_1');
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  expect((await client.sessions.files(session)).items).toHaveLength(1);
});

test('an empty file is an answer without bytes', async () => {
  writeFileSync(path('empty'), '');
  await turn(1, { path: path('empty') });
  const said = await at.ask(routeOf('file_1'));
  expect([said.status, said.text, said.headers['content-length']]).toEqual([200, '', '0']);
});

test('a file that is gone, or was never told, is 404', async () => {
  writeFileSync(path('a'), 'x');
  await turn(1, { path: path('a') });
  rmSync(path('a'));
  expect((await at.ask(routeOf('file_1'))).json()).toMatchObject({
    status: 404,
    code: 'not-found',
    hint: expect.stringContaining('deleted'),
  });
  for (const id of ['file_2', '..%2F..%2Fetc%2Fpasswd', encodeURIComponent(path('a'))]) {
    expect([id, (await at.ask(routeOf(id))).status]).toEqual([id, 404]);
  }
});

test('what has become a link, or lies behind one, is not followed', async () => {
  writeFileSync(home.join('secret'), 'secret');
  writeFileSync(path('a'), 'x');
  await mkdir(home.join('elsewhere'));
  writeFileSync(home.join('elsewhere', 'b'), 'secret');
  writeFileSync(path('b'), 'x');
  await turn(1, { path: path('a') }, { path: path('b') });
  rmSync(path('a'));
  symlinkSync(home.join('secret'), path('a'));
  expect((await at.ask(routeOf('file_1'))).status).toBe(404);
  expect((await at.ask(routeOf('file_2'))).text).toBe('x');
  renameSync(home.join('made'), home.join('away'));
  symlinkSync(home.join('elsewhere'), home.join('made'));
  expect((await at.ask(routeOf('file_2'))).status).toBe(404);
});

test('who may not look gets nothing, and the WebSocket says where the bytes are', async () => {
  writeFileSync(path('a'), 'x');
  await turn(1, { path: path('a') });
  expect((await at.ask(routeOf('file_1'), { token: null })).status).toBe(401);
  using socket = await at.webSocket('/v1/ws');
  socket.send({ id: 1, op: 'call', route: 'file', params: { id: session, file: 'file_1' } });
  expect(await socket.next()).toMatchObject({ id: 1, ok: false, problem: { code: 'unsupported', hint: expect.stringContaining('GET') } });
  socket.send({ id: 2, op: 'call', route: 'listFiles', params: { id: session } });
  expect(await socket.next()).toMatchObject({ id: 2, ok: true, result: { items: [{ file: 'file_1' }] } });
});

test('a file that shrinks while it is read cuts the answer and not the host', async () => {
  writeFileSync(path('a'), Buffer.alloc(40_000_000));
  await turn(1, { path: path('a') });
  const client = connect({ url: at.server.url, token: TOKEN });
  const answer = await client.sessions.file(session, 'file_1');
  truncateSync(path('a'), 10);
  await expect(answer.arrayBuffer()).rejects.toThrow();
  expect((await at.ask('/v1/status')).status).toBe(200);
});

test.each([
  ['a b.png', `attachment; filename="a b.png"; filename*=UTF-8''a%20b.png`],
  ['"x"\r\nSet-Cookie: a=1', `attachment; filename="_x___Set-Cookie: a=1"; filename*=UTF-8''%22x%22%0D%0ASet-Cookie%3A%20a%3D1`],
  ["Größe (1)'.png", `attachment; filename="Gr__e (1)'.png"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%281%29%27.png`],
  ['\ud800', 'attachment; filename="_"; filename*=UTF-8\'\'_'],
])('the name %j goes into a header safely', (name, header) => {
  expect(dispositionOf(name)).toBe(header);
});
