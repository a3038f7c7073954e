/** What is typed to the service manager, and when: told by a stand-in on the PATH that notes its calls. */

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TempHome, tempHome } from '../../testing/temp-home.js';
import { serviceManager } from './managers.js';
import type { ServicePlan } from './plan.js';
import { Service } from './user-service.js';

const PLAN: ServicePlan = {
  name: 'spool',
  command: ['/usr/bin/node', 'main.js', 'serve'],
  env: { PATH: '/usr/bin' },
  cwd: '/',
  diagnostics: '/d',
};

let home: TempHome;

beforeEach(async () => {
  home = await tempHome();
});

afterEach(() => home[Symbol.asyncDispose]());

/** A service whose manager fails for calls that contain one of these words. */
function service(platform: string, failing: readonly string[] = []): Service {
  const program = home.join(platform === 'linux' ? 'systemctl' : 'launchctl');
  const cases = failing.map((word) => `*" ${word} "*) echo "no ${word}" >&2; exit 5;;`).join('\n');
  writeFileSync(program, `#!/bin/sh\necho "$*" >> ${home.join('calls')}\ncase " $* " in\n${cases}\nesac\n`);
  chmodSync(program, 0o755);
  const env = { PATH: `${home.path}:/bin:/usr/bin` };
  return new Service(serviceManager({ platform, env, homedir: home.path, uid: 501, diagnostics: home.join('diagnostics') }), env);
}

/** Without the questions whether anybody is there. */
function calls(): string[] {
  const all = existsSync(home.join('calls')) ? readFileSync(home.join('calls'), 'utf8').trim().split('\n') : [];
  return all.filter((call) => !['--user show-environment', 'print gui/501'].includes(call));
}

describe('for systemd', () => {
  test('a unit is read anew and enabled, started by its name, and disabled before it goes', async () => {
    const s = service('linux');
    expect(s.installed()).toBeUndefined();
    await s.install(PLAN);
    expect(s.manager.file).toBe(home.join('.config', 'systemd', 'user', 'spool.service'));
    expect(s.installed()?.content?.command).toEqual(PLAN.command);
    await s.start();
    await s.stop();
    expect((await s.uninstall()).left).toEqual([]);
    expect(existsSync(s.manager.file)).toBe(false);
    const unit = 'spool.service';
    expect(calls()).toEqual(
      ['daemon-reload', `enable ${unit}`, `start ${unit}`, `stop ${unit}`, `disable --now ${unit}`, 'daemon-reload'].map(
        (call) => `--user ${call}`,
      ),
    );
  });

  test('where it cannot be reached the unit is written all the same, and what is left to type is told', async () => {
    const s = service('linux', ['show-environment']);
    const { ran, left } = await s.install(PLAN);
    expect([ran, left.map((line) => line.join(' '))]).toEqual([
      [],
      ['systemctl --user daemon-reload', 'systemctl --user enable spool.service'],
    ]);
    expect(existsSync(s.manager.file)).toBe(true);
    expect(await s.enabled()).toBeUndefined();
    expect(calls()).toEqual([]);
  });

  test('what it refuses is told in its own words', async () => {
    await expect(service('linux', ['enable']).install(PLAN)).rejects.toMatchObject({
      code: 'runtime-failed',
      message: 'systemctl --user enable spool.service failed: no enable',
    });
  });
});

describe('for launchd', () => {
  test('an agent is enabled, loaded before it is started, and unloaded before it goes', async () => {
    const s = service('darwin');
    await s.install(PLAN);
    expect(s.manager.file).toBe(home.join('Library', 'LaunchAgents', 'spool.plist'));
    expect(await s.enabled()).toBe(true);
    await s.start();
    await s.uninstall();
    expect(existsSync(s.manager.file)).toBe(false);
    const target = 'gui/501/spool';
    expect(calls()).toEqual([`enable ${target}`, `bootstrap gui/501 ${s.manager.file}`, `kickstart ${target}`, `bootout ${target}`]);
  });

  test('one that is loaded already is started all the same', async () => {
    const s = service('darwin', ['bootstrap']);
    await s.install(PLAN);
    expect((await s.start()).ran).toEqual([['launchctl', 'kickstart', 'gui/501/spool']]);
  });
});

test('a unit that Spool has not written is left alone', async () => {
  const s = service('linux');
  mkdirSync(dirname(s.manager.file), { recursive: true });
  writeFileSync(s.manager.file, '[Service]\n');
  await expect(s.install(PLAN)).rejects.toMatchObject({ code: 'conflict' });
  expect(readFileSync(s.manager.file, 'utf8')).toBe('[Service]\n');
});

test('a system without services that we know says what to do instead', () => {
  expect(() => service('win32')).toThrow('Spool knows no services on win32');
});
