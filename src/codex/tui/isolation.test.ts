import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tempHome } from '../../testing/temp-home.js';
import { isolatedHome } from './isolation.js';

test("a home without the user's settings has all else of it, now and later", async () => {
  await using place = await tempHome();
  const home = place.join('codex');
  for (const folder of ['', 'rules', 'skills', 'hooks']) mkdirSync(place.join('codex', folder), { recursive: true });
  for (const file of ['config.toml', 'hooks.json', 'auth.json', 'AGENTS.md', 'state_5.sqlite', 'state_5.sqlite-wal']) {
    writeFileSync(place.join('codex', file), file);
  }
  const path = isolatedHome(home, place.join('homes'));
  expect(isolatedHome(home, place.join('homes'))).toBe(path);
  expect(readdirSync(path).toSorted()).toEqual([
    'AGENTS.md',
    'archived_sessions',
    'auth.json',
    'sessions',
    'skills',
    'thread-writer-locks',
  ]);
  expect(lstatSync(path).mode & 0o777).toBe(0o700);
  expect(readlinkSync(`${path}/sessions`)).toBe(place.join('codex', 'sessions'));
  writeFileSync(`${path}/config.toml`, 'its own');
  writeFileSync(place.join('codex', 'models_cache.json'), '{}');
  isolatedHome(home, place.join('homes'));
  expect(existsSync(`${path}/models_cache.json`)).toBe(true);
  expect(readFileSync(`${path}/config.toml`, 'utf8')).toBe('its own');
  expect(readFileSync(place.join('codex', 'config.toml'), 'utf8')).toBe('config.toml');
});

test('what is gone from the home is gone from the copy', async () => {
  await using place = await tempHome();
  mkdirSync(place.join('codex'));
  writeFileSync(place.join('codex', 'auth.json'), '{}');
  const path = isolatedHome(place.join('codex'), place.join('homes'));
  expect(existsSync(`${path}/auth.json`)).toBe(true);
  rmSync(place.join('codex', 'auth.json'));
  isolatedHome(place.join('codex'), place.join('homes'));
  expect(lstatSync(`${path}/auth.json`, { throwIfNoEntry: false })).toBeUndefined();
});
