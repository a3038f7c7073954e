/** Which profile hides files from an agent's commands, for each way in which a sandbox can be meant. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OpenThread } from '../../ports/agent.js';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import type { ClientRequests } from '../generated/methods.js';
import { type Hiding, hiding } from './hidden-files.js';
import type { ClientMethod, Link } from './link.js';

let place: TempHome;

beforeEach(async () => {
  place = await tempHome();
});

afterEach(() => place[Symbol.asyncDispose]());

interface Asked {
  readonly version?: string;
  readonly profile?: string;
  readonly cwd?: string;
  /** The settings of the user. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly unreadable?: readonly string[];
}

function asked({
  version = '0.169.0',
  profile,
  cwd = place.path,
  config = {},
  unreadable = ['/vault'],
}: Asked): Promise<Hiding | undefined> {
  const settings = { sandbox_mode: null, sandbox_workspace_write: null, ...config };
  const link: Link = {
    version,
    born: 0,
    home: '/home',
    request: <M extends ClientMethod>(method: M): Promise<ClientRequests[M]['result']> => {
      if (method !== 'config/read') return Promise.reject(new Error(`${method} was not to be asked`));
      return Promise.resolve({ config: settings } as unknown as ClientRequests[M]['result']);
    },
  };
  return hiding(link, { cwd, permissions: profile === undefined ? {} : { profile }, setup: { unreadable } } as OpenThread);
}

const over = (meant: string): Hiding => {
  const name = `spool-${meant.replace(':', '')}`;
  return { permissions: name, config: { permissions: { [name]: { extends: meant, filesystem: { '/vault': 'deny' } } } } };
};

test('a profile that was chosen is put behind ours', async () => {
  expect(await asked({ profile: ':workspace' })).toEqual(over(':workspace'));
  expect(await asked({ profile: 'mine' })).toEqual(over('mine'));
});

test('where none was chosen it is the one of the settings, or the one that Codex takes for the folder', async () => {
  expect(await asked({ config: { default_permissions: 'mine' } })).toEqual(over('mine'));
  expect(await asked({})).toEqual(over(':read-only'));
  expect(await asked({ config: { projects: { [place.path]: { trust_level: 'trusted' } } } })).toEqual(over(':workspace'));
});

test('a folder is trusted with its repository, also in a further worktree of that', async () => {
  const [inside, beside] = [place.join('main', 'src'), place.join('beside')];
  for (const folder of [place.join('main', '.git', 'worktrees', 'beside'), inside, beside]) mkdirSync(folder, { recursive: true });
  writeFileSync(place.join('beside', '.git'), `gitdir: ${place.join('main', '.git', 'worktrees', 'beside')}\n`);
  const config = { projects: { [place.join('main')]: { trust_level: 'trusted' } } };
  expect(await asked({ cwd: inside, config })).toEqual(over(':workspace'));
  expect(await asked({ cwd: beside, config })).toEqual(over(':workspace'));
  expect(await asked({ cwd: place.path, config })).toEqual(over(':read-only'));
});

test('nothing is changed where nothing is to be hidden, or where it cannot be', async () => {
  expect(await asked({ profile: ':workspace', unreadable: [] })).toBeUndefined();
  expect(await asked({ profile: ':danger-full-access' })).toBeUndefined();
  expect(await asked({ profile: ':workspace', version: '0.138.0' })).toBeUndefined();
  expect(await asked({ config: { sandbox_mode: 'workspace-write' } })).toBeUndefined();
  expect(await asked({ config: { sandbox_workspace_write: { network_access: true } } })).toBeUndefined();
});
