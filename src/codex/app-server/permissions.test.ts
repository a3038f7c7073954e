/** What versions of Codex are told of what may be written, as measured on the real ones. */

import { describe, expect, test } from 'vitest';
import type { OpenThread } from '../../ports/agent.js';
import type { ClientRequests } from '../generated/methods.js';
import type { ClientMethod, Link } from './link.js';
import { permissionsOf } from './permissions.js';

/** A connection to a Codex whose user has named a writable folder in the settings. */
function link(version: string): Link {
  return {
    version,
    born: 0,
    home: '/home',
    request: <M extends ClientMethod>(method: M): Promise<ClientRequests[M]['result']> => {
      if (method !== 'config/read') return Promise.reject(new Error(`${method} was not to be asked`));
      return Promise.resolve({ config: { sandbox_workspace_write: { writable_roots: ['/cache'] } } } as ClientRequests[M]['result']);
    },
  };
}

function asked(version: string, profile: string | undefined, writableRoots?: readonly string[]): ReturnType<typeof permissionsOf> {
  const thread = { cwd: '/work', permissions: profile === undefined ? {} : { profile }, setup: { writableRoots } };
  return permissionsOf(link(version), thread as OpenThread);
}

describe.each(['0.169.0', '0.138.0'])('Codex %s', (version) => {
  test('is told the profile, and folders only when there are any', async () => {
    expect(await asked(version, ':workspace')).toEqual({ permissions: ':workspace' });
    expect(await asked(version, undefined)).toEqual({});
    expect(await asked(version, ':workspace', ['/memory'])).toEqual({
      ...{ permissions: ':workspace', runtimeWorkspaceRoots: ['/work', '/memory'] },
    });
  });

  test("where no profile is chosen the folders of the user's settings stay", async () => {
    expect(await asked(version, undefined, ['/memory'])).toEqual({ runtimeWorkspaceRoots: ['/work', '/cache', '/memory'] });
  });
});

describe('Codex 0.130.0', () => {
  test('takes folders as a part of the profile, or of the settings', async () => {
    expect(await asked('0.130.0', ':workspace')).toEqual({ permissions: { type: 'profile', id: ':workspace' } });
    expect(await asked('0.130.0', ':workspace', ['/memory'])).toEqual({
      permissions: { type: 'profile', id: ':workspace', modifications: [{ type: 'additionalWritableRoot', path: '/memory' }] },
    });
    expect(await asked('0.130.0', ':read-only', ['/memory'])).toEqual({ permissions: { type: 'profile', id: ':read-only' } });
    expect(await asked('0.130.0', undefined)).toEqual({});
    expect(await asked('0.130.0', undefined, ['/memory'])).toEqual({
      config: { 'sandbox_workspace_write.writable_roots': ['/cache', '/memory'] },
    });
  });
});
