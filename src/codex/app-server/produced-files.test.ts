import { lstatSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Item } from '../../contract/item.js';
import type { Fact } from '../../ports/agent.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { ProducedFiles } from './produced-files.js';

const END: Fact = { type: 'turn.completed', turn: 'trn_1', usage: null };

let home: TempHome;
let files: ProducedFiles;

beforeEach(async () => {
  home = await tempHome();
  files = new ProducedFiles(home.path, 'thread');
});

afterEach(() => home[Symbol.asyncDispose]());

const path = (name: string): string => home.join('generated_images', 'thread', name);
const write = (name: string, text: string): void => writeFileSync(path(name), text);
const makeFolder = (): Promise<unknown> => mkdir(path('.'), { recursive: true });

/** Names of the files that are told before the end of the turn. */
function told(): string[] {
  const facts = files.with(END);
  expect(facts.at(-1)).toEqual(END);
  return facts.slice(0, -1).map((fact) => (fact.type === 'file' ? (fact.path.split('/').at(-1) ?? '') : fact.type));
}

test('without the folder there are no files, and every fact goes on as it is', () => {
  files.begin();
  expect(files.with(END)).toEqual([END]);
});

test('a file that came while the turn ran is told before its end, with its size and kind, and only once', async () => {
  files.begin();
  await makeFolder();
  write('a.png', 'four');
  const file = { type: 'file', turn: 'trn_1', path: path('a.png'), mediaType: 'image/png', bytes: 4 };
  expect(files.with(END)).toEqual([file, END]);
  expect(told()).toEqual([]);
});

test('what lay there before the turn is no news until it is written anew', async () => {
  await makeFolder();
  write('old.png', 'old');
  write('kept.png', 'kept');
  files.begin();
  write('old.png', 'another');
  write('new.png', 'new');
  expect(told()).toEqual(['new.png', 'old.png']);
});

test('after a gap the files that changed since the turn began are news, also those with a time of their own', async () => {
  await makeFolder();
  write('moved.png', 'x');
  utimesSync(path('moved.png'), 1, 1);
  files.beganAt(0);
  expect(told()).toEqual(['moved.png']);
  files.beganAt(lstatSync(path('moved.png')).ctimeMs + 1);
  expect(told()).toEqual([]);
});

test('a picture is told right behind the item that made it, and not again at the end', async () => {
  await makeFolder();
  files.begin();
  write('call_1.png', 'x');
  const item: Item = {
    id: 'call_1',
    kind: 'toolCall',
    tool: 'image_generation',
    status: 'completed',
    result: { savedPath: path('call_1.png') },
  };
  const made: Fact = { type: 'item.completed', turn: 'trn_1', item };
  expect(files.with(made)).toMatchObject([made, { type: 'file', path: path('call_1.png'), item: 'call_1' }]);
  expect(told()).toEqual([]);
});

test('a picture that was saved nowhere, or is gone, is no file', () => {
  const made = (result: object): Fact => ({
    type: 'item.completed',
    turn: 'trn_1',
    item: { id: 'call_1', kind: 'toolCall', tool: 'image_generation', status: 'failed', result },
  });
  for (const fact of [made({}), made({ savedPath: path('gone.png') })]) expect(files.with(fact)).toEqual([fact]);
});

test('links, folders and hidden files are passed over, and so is a folder that is a link itself', async () => {
  await makeFolder();
  files.begin();
  writeFileSync(home.join('secret'), 'x');
  symlinkSync(home.join('secret'), path('link.png'));
  await mkdir(path('folder'));
  write('.half', 'x');
  expect(told()).toEqual([]);

  await rm(path('.'), { recursive: true });
  await mkdir(home.join('elsewhere'));
  writeFileSync(home.join('elsewhere', 'a.png'), 'x');
  symlinkSync(home.join('elsewhere'), join(home.path, 'generated_images', 'thread'));
  expect(told()).toEqual([]);
});

test('a home that is reached by a link has its files told by their real paths', async () => {
  await makeFolder();
  symlinkSync(home.path, home.join('alias'));
  const linked = new ProducedFiles(home.join('alias'), 'thread');
  linked.begin();
  write('a.png', 'x');
  expect(linked.with(END)).toMatchObject([{ path: path('a.png') }, END]);
});
