/** `spool daemon restart` */

import { command } from '../command.js';
import { LISTEN_FLAGS, listenFlags } from '../daemon-flags.js';
import { hostFacts } from '../daemon-talk.js';

export const daemonRestart = command({
  about:
    'Stops the host of this home and starts it again at the same address, as after an upgrade. Turns that run go on meanwhile. Starts one where none runs.',
  args: { ...LISTEN_FLAGS, json: { type: 'boolean', description: 'print JSON for programs' } },
  async run(args, io) {
    const { restartDaemon } = await import('../../daemon/service/control.js');
    const { host, stopped, by } = await restartDaemon(io, listenFlags(args));
    const facts = await hostFacts(host, io);
    if (args.json) io.json({ ...facts, stopped, by });
    else {
      io.data(host.url);
      io.note(io.ink(io.stderr).dim(`${stopped ? 'restarted' : 'started, as none ran'}: pid ${host.pid}`));
    }
    return 0;
  },
});
