/** `spool openapi` */

import { command } from '../command.js';

export const openapi = command({
  about: 'Prints the OpenAPI document of the HTTP API, made from the running code. Needs no host.',
  args: { json: { type: 'boolean', description: 'the document is JSON anyway' } },
  async run(_args, io) {
    const { openApiDocument } = await import('../../daemon/openapi.js');
    io.data(JSON.stringify(openApiDocument(), null, 2));
    return 0;
  },
});
