/** `spool codex install` */

import { SpoolError } from '../../base/errors.js';
import { command } from '../command.js';

export const codexInstall = command({
  about:
    'Installs Codex with npm into this home, where it takes no rights but yours and changes nothing else. Keeps one that is there and new enough, unless a version is named.',
  args: {
    version: {
      type: 'string',
      valueHint: 'x.y.z',
      description: 'this version, also when another one is there (default: the newest, if none is)',
    },
    json: { type: 'boolean', description: 'print JSON for programs' },
  },
  async run(args, io) {
    if (args.version !== undefined && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(args.version)) {
      throw new SpoolError('invalid-input', `${JSON.stringify(args.version)} is no version`, { hint: 'give three numbers, as in 0.169.0' });
    }
    const { installCodex } = await import('../../daemon/codex-binary.js');
    if (!args.json) io.note('looking for Codex, or fetching it with npm (about 100 MB)');
    const found = await installCodex(io.env, args.version);
    if (args.json) io.json(found);
    else io.data(`Codex ${found.version} ${found.installed ? 'was installed' : 'is there already'}: ${found.path}`);
    if (found.hiddenBy !== undefined && !args.json) {
      io.note(`hosts use ${found.hiddenBy} before it; to have this one: export SPOOL_CODEX_BIN=${found.path}`);
    }
    return 0;
  },
});
