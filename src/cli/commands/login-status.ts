/** `spool login status` */

import { command } from '../command.js';
import { columnsOf } from '../output.js';
import { table } from '../render/table.js';
import { age } from '../render/words.js';

export const loginStatus = command({
  about: 'Shows the logins of this home, without anything that could be used. Exits 1 when there is none.',
  args: { json: { type: 'boolean', description: 'print JSON for programs' } },
  async run(args, io) {
    const { storedCredentials } = await import('../../daemon/login.js');
    const found = await storedCredentials(io.places);
    if (args.json) io.json({ logins: found });
    else if (found.length === 0) io.note('no login; agents use what their CODEX_HOME has. To log in: spool login codex');
    else {
      const now = Date.now();
      const rows = found.map(({ name, kind, label, store, createdAt }) => [
        name,
        kind === 'chatgpt' ? 'ChatGPT' : 'API key',
        store,
        age(createdAt, now),
        label,
      ]);
      io.data(table(['NAME', 'KIND', 'STORE', 'AGE', 'KNOWN AS'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) }));
    }
    return found.length === 0 ? 1 : 0;
  },
});
