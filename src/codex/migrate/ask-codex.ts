/** What only Codex itself can say: which plugins are installed in a home, and whether it takes a configuration. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.js';
import { runToEnd, startProcess } from '../../base/process.js';
import { redact } from '../../base/redact.js';
import { VERSION } from '../../base/version.js';
import { childEnvironment, type Environment } from '../app-server/child-env.js';
import { Client } from '../wire/client.js';
import { handshake } from '../wire/handshake.js';
import { stdioTransport } from '../wire/stdio.js';
import type { Plugin } from './compose-block.js';

const ASK_MS = 20_000;

/** The plugins that are installed in the home. Starts Codex there for a moment; rejects as `startProcess` and `Client.request` do. */
export async function installedPlugins(binary: string, home: string, env: Environment): Promise<Plugin[]> {
  const child = await startProcess({ command: binary, args: ['app-server'], env: childEnvironment(env, home) });
  const client = new Client(stdioTransport(child, { clock: systemClock }), {
    clock: systemClock,
    timeoutMs: ASK_MS,
    onNotification: () => undefined,
    onRequest: (request) => request.error({ code: -32601, message: 'nothing is answered here' }),
  });
  try {
    await handshake(client, { version: VERSION });
    const { marketplaces } = await client.request('plugin/list', {});
    const installed = marketplaces.flatMap(({ plugins }) => plugins.filter((plugin) => plugin.installed));
    return [...new Map(installed.map(({ id, enabled }) => [id, { id, enabled }])).values()];
  } finally {
    await client.close();
    await child.stop();
  }
}

/**
 * Has Codex read the text as a config.toml, in a folder of its own that is gone afterwards. Resolves to what Codex says against it,
 * undefined when it takes it.
 */
export async function refusalOf(text: string, binary: string, env: Environment): Promise<string | undefined> {
  const home = await mkdtemp(join(tmpdir(), 'spool-config-'));
  try {
    await writeFile(join(home, 'config.toml'), text, { mode: 0o600 });
    const asked = { command: binary, args: ['mcp', 'list', '--json'], env: childEnvironment(env, home), timeoutMs: ASK_MS };
    const { code, stderr } = await runToEnd(asked);
    if (code === 0) return undefined;
    const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('WARNING:'));
    const end = lines.findIndex((line) => line.startsWith('Stack backtrace'));
    const said = (end < 0 ? lines : lines.slice(0, end))
      .map((line) => line.trim().replace(/^Error: /, ''))
      .filter((line) => line !== 'Caused by:');
    return redact(said.join(': ').replaceAll(join(home, 'config.toml'), 'config.toml')).slice(0, 500);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
