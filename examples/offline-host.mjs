/**
 * What the examples share: a place to try things in, with an offline model, so that no account is needed. With your own Codex you would
 * leave all of this out and connect to the host that `spool serve` runs.
 */

import { mkdir } from 'node:fs/promises';
import { startHost } from 'spool';
import { prepareOfflineHome, startOfflineModel, tempHome } from 'spool/testing';

/** Calls `use` with a folder to work in and an environment for a host. Afterwards all of it is gone. */
export async function withOfflineWorld(use) {
  const temporary = await tempHome();
  const model = await startOfflineModel();
  try {
    const work = temporary.join('work');
    const scratch = temporary.join('tmp');
    await Promise.all([mkdir(work), mkdir(scratch)]);
    const codexHome = await prepareOfflineHome(temporary.join('codex'), model, { trust: [work] });
    const env = { ...process.env, SPOOL_HOME: temporary.join('spool'), CODEX_HOME: codexHome, TMPDIR: scratch };
    return await use({ work, env, model });
  } finally {
    await model[Symbol.asyncDispose]();
    await temporary[Symbol.asyncDispose]();
  }
}

/** The same with a host in it, as `spool serve` would run one: `url` and `token` are what a client needs. */
export async function withOfflineHost(use) {
  return await withOfflineWorld(async ({ work, env }) => {
    // `keepRunningTurns: false` ends what still runs. A real host leaves its turns running, for the next start to find.
    const running = await startHost({ env, port: 0, keepRunningTurns: false });
    try {
      return await use({ work, url: running.url, token: running.token });
    } finally {
      await running.stop();
    }
  });
}
