/** `spool offline-model` */

import { command } from '../command.js';
import { wholeNumber } from '../whole-number.js';

export const offlineModel = command({
  about: 'Runs the offline model: a Responses API on loopback that follows directives in the prompt, as [[sh:echo hi]]. Ctrl-C ends it.',
  args: {
    port: { type: 'string', valueHint: 'port', default: '0', description: '0 picks a free one' },
    json: { type: 'boolean', description: 'print one JSON line once it is ready' },
  },
  async run(args, io) {
    const port = wholeNumber('--port', args.port) ?? 0;
    const { startOfflineModel } = await import('../../testing/offline-model/server.js');
    const { offlineCodexConfig } = await import('../../testing/offline-model/home.js');
    await using model = await startOfflineModel({ port });
    if (args.json) io.json({ url: model.url, port: model.port, pid: process.pid });
    else {
      io.data(model.url);
      io.note('\nin the config.toml of a CODEX_HOME:\n');
      io.note(offlineCodexConfig(model));
      io.note('Ctrl-C ends it');
    }
    await new Promise<void>((resolve) => io.interrupts.take(() => resolve()));
    return 0;
  },
});
