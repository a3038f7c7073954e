/** `spool daemon stop` */

import { command } from '../command.js';

export const daemonStop = command({
  about: 'Stops the host of this home, however it was started. Turns that run go on in Codex, and the next start finds them.',
  args: { json: { type: 'boolean', description: 'print JSON for programs' } },
  async run(args, io) {
    const { stopDaemon } = await import('../../daemon/service/control.js');
    const stopped = await stopDaemon(io);
    if (args.json) io.json({ stopped: stopped !== undefined, ...(stopped === undefined ? {} : { pid: stopped.pid, url: stopped.url }) });
    else io.data(stopped === undefined ? 'no host runs here' : `stopped: pid ${stopped.pid} at ${stopped.url}`);
    return 0;
  },
});
