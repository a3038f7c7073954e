/** `spool daemon install` */

import { command } from '../command.js';
import { LISTEN_FLAGS, listenFlags } from '../daemon-flags.js';
import { commandLine } from '../daemon-talk.js';

export const daemonInstall = command({
  about:
    'Makes the host of this home a service of yours, which starts when you log in: writes a systemd user unit or a launchd agent. Again writes it anew.',
  args: {
    ...LISTEN_FLAGS,
    now: { type: 'boolean', description: 'start it at once; a host that runs goes on as the service' },
    'dry-run': { type: 'boolean', description: 'print the unit and change nothing' },
    json: { type: 'boolean', description: 'print JSON for programs' },
  },
  async run(args, io) {
    const { installDaemon, previewUnit } = await import('../../daemon/service/control.js');
    const flags = listenFlags(args) ?? [];
    if (args['dry-run']) {
      const { file, text } = previewUnit(io, flags);
      if (args.json) io.json({ file, text });
      else {
        io.note(io.ink(io.stderr).dim(`${file} would be`));
        io.data(text.trimEnd());
      }
      return 0;
    }
    const { leftOut } = await import('../../daemon/service/plan.js');
    const { file, ran, left, host } = await installDaemon(io, flags, args.now);
    const missing = leftOut(io.env);
    if (args.json) {
      io.json({ file, ran: ran.map(commandLine), left: left.map(commandLine), leftOut: missing, ...(host === undefined ? {} : { host }) });
      return 0;
    }
    const ink = io.ink(io.stderr);
    io.data(file);
    for (const line of ran) io.note(ink.dim(`ran: ${commandLine(line)}`));
    if (left.length > 0) io.note('the service manager cannot be reached from here; type this where it can:');
    for (const line of left) io.note(`  ${ink.cyan(commandLine(line))}`);
    if (missing.length > 0) {
      io.note(`not written into it, because it may hold a password: ${missing.join(', ')}`);
    }
    if (host !== undefined) io.note(ink.dim(`it answers at ${host.url} (pid ${host.pid})`));
    else if (left.length === 0) io.note(ink.dim('it starts when you log in; `spool daemon start` starts it now'));
    if (process.platform === 'linux') io.note(ink.dim('`loginctl enable-linger` has it run also while you are not logged in'));
    return 0;
  },
});
