/** Where the built program `spool` lies. */

import { fileURLToPath } from 'node:url';

export const SCRIPT = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
