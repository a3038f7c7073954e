import { existsSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { tempHome } from './temp-home.js';

test('a temp home is private, short enough for a socket, and gone at the end', async () => {
  const path = await (async () => {
    await using home = await tempHome();
    writeFileSync(home.join('file'), 'x');
    expect(statSync(home.path).mode & 0o777).toBe(0o700);
    expect(home.join('codex', 'app-server.sock').length).toBeLessThan(90);
    return home.path;
  })();
  expect(existsSync(path)).toBe(false);
});
