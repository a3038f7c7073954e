/** Spool as a library, on one screen. */

export { type ErrorCode, SpoolError } from './base/errors.js';
export { VERSION } from './base/version.js';
export { type OpenHostOptions, OWNER, openHost } from './daemon/open-host.js';
export { type RunningHost, type StartHostOptions, startHost } from './daemon/start-host.js';
export type { Host, Page, Principal } from './host/face.js';
