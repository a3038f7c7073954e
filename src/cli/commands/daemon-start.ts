/** `spool daemon start` */

import { command } from '../command.js';
import { LISTEN_FLAGS, listenFlags } from '../daemon-flags.js';
import { hostFacts } from '../daemon-talk.js';

export const daemonStart = command({
  about:
    'Starts a host in the background and waits until it answers; where "spool daemon install" was used, as that service. One that runs already is left alone.',
  args: { ...LISTEN_FLAGS, json: { type: 'boolean', description: 'print JSON for programs' } },
  async run(args, io) {
    const { startDaemon } = await import('../../daemon/service/control.js');
    const { host, started, by } = await startDaemon(io, listenFlags(args));
    const facts = await hostFacts(host, io);
    if (args.json) io.json({ ...facts, started, ...(started ? { by } : {}) });
    else {
      io.data(host.url);
      const ink = io.ink(io.stderr);
      io.note(ink.dim(started ? `started${by === 'service' ? ' as a service' : ''}: pid ${host.pid}` : `runs already: pid ${host.pid}`));
      if (started && by === 'background') io.note(ink.dim(`what it says goes to ${io.places.diagnostics}`));
    }
    return 0;
  },
});
