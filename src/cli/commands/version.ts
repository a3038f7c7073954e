/** `spool version` */

import { VERSION } from '../../base/version.js';
import { command } from '../command.js';

export const version = command({
  about: 'Prints the version.',
  args: { json: { type: 'boolean', description: 'print JSON for programs' } },
  run({ json }, io) {
    if (json) io.json({ version: VERSION, node: process.versions.node });
    else io.data(VERSION);
    return Promise.resolve(0);
  },
});
