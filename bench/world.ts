/** Where a benchmark with the real Codex happens: a temporary folder, the offline model, a host, and the app-server beside it. */

import { rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Stack } from '../src/base/stack.js';
import { codexBinary } from '../src/testing/codex-binary.js';
import { prepareOfflineHome } from '../src/testing/offline-model/home.js';
import { tempHome } from '../src/testing/temp-home.js';
import { type BareCodex, startBareCodex } from './bare-codex.js';
import { atTheLatest, startWorker, type Worker } from './children.js';
import type { FromModel } from './model-process.js';
import { endsKeptCodex, type ServedHost, serve } from './served-host.js';

export interface World extends AsyncDisposable {
  readonly model: Worker<object, FromModel>;
  /** Absolute path of the Codex executable that all use. */
  readonly binary: string;
  /** Where sessions and threads work. */
  readonly work: string;
  /** The SPOOL_HOME. */
  readonly home: string;
  /** Where the model is asked. */
  readonly modelUrl: string;
  /** The environment of a host. */
  readonly env: NodeJS.ProcessEnv;
  /** Starts a host; it is stopped with the world at the latest. `env` is put over that of the world. */
  serve(options?: { readonly port?: number; readonly node?: readonly string[]; readonly env?: NodeJS.ProcessEnv }): Promise<ServedHost>;
  /** Starts an app-server beside it, on a CODEX_HOME of its own. */
  bare(): Promise<BareCodex>;
  /** Makes one more CODEX_HOME for the offline model. */
  codexHome(name: string): Promise<string>;
}

export interface WorldOptions {
  readonly shellSnapshots?: boolean;
  /** Codex trusts the folder in which sessions work. */
  readonly trusting?: boolean;
}

export async function openWorld(cli: string, options: WorldOptions = {}): Promise<World> {
  const stack = new Stack();
  try {
    const temporary = stack.use(await tempHome());
    const duty = atTheLatest(() => rmSync(temporary.path, { recursive: true, force: true }));
    stack.defer(() => duty[Symbol.dispose]());
    const home = temporary.join('spool');
    const work = temporary.join('work');
    await mkdir(work);
    const model = stack.use(startWorker<object, FromModel>('model-process'));
    const { url } = await model.next('ready');
    const codexHome = async (name: string): Promise<string> => {
      const prepared = await prepareOfflineHome(temporary.join(name), { url }, options.trusting === true ? { trust: [work] } : {});
      return options.shellSnapshots === true ? prepared : withoutSnapshots(prepared);
    };
    const binary = codexBinary();
    stack.use(endsKeptCodex(home));
    const env = {
      ...process.env,
      HOME: temporary.path,
      SPOOL_HOME: home,
      CODEX_HOME: await codexHome('cx'),
      SPOOL_CODEX_BIN: binary,
      SPOOL_LOG: 'warn',
    };
    return {
      model,
      binary,
      work,
      home,
      modelUrl: url,
      env,
      codexHome,
      serve: async ({ env: more, ...options } = {}) => stack.use(await serve({ cli, env: { ...env, ...more }, ...options })),
      bare: async () => stack.use(await startBareCodex(binary, await codexHome('bare'), temporary.path)),
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Codex runs the user's login shell once for each new thread to take a snapshot of it. On either side that would measure the user's
 * start-up files, so it is off on both.
 */
async function withoutSnapshots(codexHome: string): Promise<string> {
  const file = join(codexHome, 'config.toml');
  const config = await readFile(file, 'utf8');
  await writeFile(file, config.replace('[features]\n', '[features]\nshell_snapshot = false\n'));
  return codexHome;
}
