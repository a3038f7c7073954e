/** `spool daemon uninstall` */

import { command } from '../command.js';
import { commandLine } from '../daemon-talk.js';

export const daemonUninstall = command({
  about: 'Stops the service of this home and removes its unit, if Spool has written it. What the host has kept stays.',
  args: { json: { type: 'boolean', description: 'print JSON for programs' } },
  async run(args, io) {
    const { serviceOf } = await import('../../daemon/service/user-service.js');
    const service = serviceOf(io.env);
    const unit = service.installed();
    const { ran, left } = unit === undefined ? { ran: [], left: [] } : await service.uninstall();
    if (args.json) {
      io.json({ removed: unit?.file ?? null, ran: ran.map(commandLine), left: left.map(commandLine) });
      return 0;
    }
    io.data(unit === undefined ? 'no service is installed for this home' : `removed: ${unit.file}`);
    const ink = io.ink(io.stderr);
    for (const line of ran) io.note(ink.dim(`ran: ${commandLine(line)}`));
    if (left.length > 0) io.note('the service manager cannot be reached from here; type this where it can:');
    for (const line of left) io.note(`  ${ink.cyan(commandLine(line))}`);
    return 0;
  },
});
