/** WS /v1/codexd/events: each event as one JSON message, live, of all sessions or of one. */

import type { WebSocket } from 'ws';
import { messageOf, SpoolError } from '../../base/errors.js';
import { isTaskId } from '../../contract/task-events.js';
import type { Principal } from '../../host/face.js';
import type { DoorParts } from '../door.js';
import { textOf } from '../event-frames.js';
import { LiveSocket } from '../live-socket.js';
import { openStream } from '../open-stream.js';

/** Policy violation, as RFC 6455 numbers it: what was asked for cannot be had. */
const REFUSED = 1008;
const BROKEN = 1011;

/** Resolves when the socket is done with; never rejects. `session` undefined means all. */
export async function sendEvents(
  { host, hub, clock, logger }: DoorParts,
  socket: WebSocket,
  session: string | undefined,
  by: Principal,
): Promise<void> {
  const live = new LiveSocket(socket, clock);
  try {
    const { records } = await openStream({ host, hub }, { stream: session, after: 'end', signal: live.signal }, by);
    await live.sendAll(records, function* (record) {
      // Conductors know of sessions only.
      if (isTaskId(record.stream)) return;
      for (const event of record.events) yield textOf(record.stream, event);
    });
    live.close(1001, 'the host is stopping');
  } catch (thrown) {
    const { code } = SpoolError.from(thrown);
    if (code !== 'not-found') logger.warn({ err: thrown }, `an event socket broke: ${messageOf(thrown)}`);
    live.close(code === 'not-found' ? REFUSED : BROKEN, messageOf(thrown).slice(0, 100));
  }
}
