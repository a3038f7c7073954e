import { expect, test } from 'vitest';
import { homePaths } from './home-paths.js';

test('SPOOL_HOME holds everything when it is set', () => {
  const paths = homePaths({ SPOOL_HOME: '/srv/spool', XDG_DATA_HOME: '/xdg' }, '/home/ann');
  expect(paths.home).toBe('/srv/spool');
  for (const place of Object.values(paths)) expect(place.startsWith('/srv/spool')).toBe(true);
  expect(paths.token).toBe('/srv/spool/token');
  expect(paths.agents).toBe('/srv/spool/agents');
});

test('the XDG folders hold it otherwise, each its own part', () => {
  const env = { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/run/user/7' };
  const paths = homePaths(env, '/home/ann');
  expect(paths.token).toBe('/c/spool/token');
  expect(paths.log).toBe('/d/spool/log');
  expect(paths.agents).toBe('/d/spool/agents');
  expect(paths.run).toBe('/run/user/7/spool');
  expect(paths.diagnostics).toBe('/s/spool/diagnostics');
});

test('without a runtime folder the state folder takes its place, and a relative XDG path counts as none', () => {
  const paths = homePaths({ XDG_DATA_HOME: 'data', SPOOL_HOME: '' }, '/home/ann');
  expect(paths.run).toBe('/home/ann/.local/state/spool/run');
  expect(paths.data).toBe('/home/ann/.local/share/spool');
  expect(paths.config).toBe('/home/ann/.config/spool');
});

test('Windows has its own folders', () => {
  const paths = homePaths({ APPDATA: 'C:\\Users\\Ann\\Roaming', LOCALAPPDATA: 'C:\\Users\\Ann\\Local' }, 'C:\\Users\\Ann', 'win32');
  expect(paths.token).toBe('C:\\Users\\Ann\\Roaming\\spool\\token');
  expect(paths.log).toBe('C:\\Users\\Ann\\Local\\spool\\log');
});
