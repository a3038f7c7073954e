/** The OpenAPI document of the running code, for commands that print it without a host. */

import { VERSION } from '../base/version.js';
import { openApiDocument as documentOf } from '../doors/http/openapi.js';

/** JSON-ready. */
export function openApiDocument(): Record<string, unknown> {
  return documentOf(VERSION);
}
