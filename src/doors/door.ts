/**
 * A door: a way into the host that the HTTP server carries, as paths that answer requests and paths that become sockets. The server
 * lets nobody in whom the guard refuses, so a door only ever sees principals.
 */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.js';
import type { SpoolError } from '../base/errors.js';
import type { Right } from '../contract/routes.js';
import type { Host, Principal } from '../host/face.js';
import type { Hub } from '../network/face.js';
import type { Logger } from '../ports/logger.js';
import type { Handlers } from './handlers.js';

/** What a door is made from. */
export interface DoorParts {
  readonly host: Host;
  readonly hub: Hub;
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Answers requests for `prefix` and everything below it that the route table does not know. */
export interface Mount {
  /** `/v1/codexd`; `/` is asked last of all. */
  readonly prefix: string;
  /** What a caller needs before the mount is asked at all; `open` for files that anybody may read. */
  readonly right: Right | ((request: Request) => Right);
  /** Null when there is nothing at this path: then the answer is 404. */
  fetch(request: Request, by: Principal): Promise<Response | null>;
  /** How this door says errors; a problem document unless given. */
  refuse?(error: SpoolError): Response;
}

/** Takes over sockets that ask for a WebSocket at `path`. */
export interface Upgrade {
  readonly path: string;
  readonly right: Right;
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, by: Principal): void;
}

/** The server that a door was given to disposes it: running requests end first, sockets are closed. */
export interface Door extends AsyncDisposable {
  readonly mounts: readonly Mount[];
  readonly upgrades: readonly Upgrade[];
}

export type MakeDoor = (parts: DoorParts) => Door;
