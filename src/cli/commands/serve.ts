/** `spool serve` */

import { homedir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { homePaths } from '../../base/home-paths.js';
import { command } from '../command.js';
import type { Io } from '../output.js';
import { wholeNumber } from '../whole-number.js';

export const serve = command({
  about: 'Runs a host in the foreground until Ctrl-C. A second Ctrl-C does not wait for anything.',
  args: {
    port: { type: 'string', valueHint: 'port', default: '4319', description: '0 picks a free one' },
    bind: { type: 'string', valueHint: 'address', default: '127.0.0.1', description: 'where to listen' },
    'allow-host': { type: 'string', valueHint: 'name,…', description: 'names beside localhost that others reach it by: NAME or NAME:PORT' },
    'allow-origin': { type: 'string', valueHint: 'origin,…', description: 'origins of pages that may use it, as https://console.example' },
    'insecure-no-auth': { type: 'boolean', description: 'let in everybody who can reach the port' },
    home: { type: 'string', valueHint: 'dir', description: 'where the host keeps its things (SPOOL_HOME)' },
    json: { type: 'boolean', description: 'print one JSON line once it is ready' },
  },
  async run(args, io) {
    const port = wholeNumber('--port', args.port);
    const stop = new AbortController();
    using _signals = io.interrupts.take((times, status) => {
      if (times > 1) process.exit(status);
      stop.abort();
      // A host whose diagnostics are not read any more still has its clients.
    }, 'go on');
    // V8 would let the young generation grow to 32 MB after a burst and keep it: a host is idle most of its time.
    setFlagsFromString('--semi-space-growth-factor=1');
    const { startHost } = await import('../../daemon/start-host.js');
    await using host = await startHost({
      env: io.env,
      port,
      bind: args.bind,
      allowedHosts: args['allow-host'],
      allowedOrigins: args['allow-origin'],
      insecureNoAuth: args['insecure-no-auth'],
      home: args.home,
    });
    const { url, pid, tokenFile, version } = host;
    if (args.json) io.json({ url, pid, tokenFile, version });
    else {
      const ink = io.ink(io.stderr);
      io.note(`${ink.bold(`spool ${version}`)} answers at ${ink.cyan(url)}`);
      io.note(ink.dim(host.token === null ? 'everybody who can reach it may use it' : `token in ${tokenFile}`));
      if (['0.0.0.0', '::'].includes(args.bind) && args['allow-host'].length === 0) {
        io.note(ink.yellow('other machines are answered 403 until --allow-host gives the name that they reach it by'));
      }
      const off = await switchedOff(args.home, io);
      if (off !== undefined) io.note(ink.yellow(off));
      io.note(ink.dim('try `spool run "What does this project do?"` in another terminal; Ctrl-C ends it'));
    }
    await new Promise((resolve) => (stop.signal.aborted ? resolve(null) : stop.signal.addEventListener('abort', resolve)));
    if (!args.json) io.note('\nstopping; Ctrl-C again leaves at once');
    return 0;
  },
});

/** That Codex may not run turns in this home, where that is so. */
async function switchedOff(home: string | undefined, io: Io): Promise<string | undefined> {
  const { runtimeOff } = await import('../../daemon/switch-file.js');
  const { settings } = homePaths(home === undefined ? io.env : { ...io.env, SPOOL_HOME: home }, homedir(), process.platform);
  const off = runtimeOff(settings)('codex-app-server');
  return off?.hint === undefined ? off?.message : `${off.message}: ${off.hint}`;
}
