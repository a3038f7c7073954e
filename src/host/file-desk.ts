/**
 * Files that turns produced: what was told of them, and their bytes. Nothing can be read here but what a recorded event names, and only
 * as long as the very same path, without a link in it, leads to a plain file.
 */

import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { messageOf, SpoolError } from '../base/errors.js';
import { mediaTypeOf } from '../base/media-type.js';
import { parseEvent } from '../contract/event-text.js';
import type { Event } from '../contract/events.js';
import type { ProducedFile } from '../contract/file.js';
import type { Log } from '../ports/log.js';
import type { OpenFile, Page } from './face.js';

/** Of what is a pipe or a device by now, the opening must not wait. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const CHUNK = 64 * 1024;

export class FileDesk {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  async list(session: string, query: { limit: number; cursor?: string | undefined }): Promise<Page<ProducedFile>> {
    const all = [...(await this.#read(session)).values()];
    const start = query.cursor === undefined ? 0 : all.findIndex(({ file }) => file === query.cursor) + 1;
    if (query.cursor !== undefined && start === 0) throw new SpoolError('invalid-input', `${query.cursor} is no cursor of this list`);
    const items = all.slice(start, start + query.limit);
    return { items, next: start + query.limit < all.length ? (items.at(-1)?.file ?? null) : null };
  }

  /** Rejects with `not-found` for a file that was never told or is gone. */
  async open(session: string, id: string): Promise<OpenFile> {
    const file = (await this.#read(session)).get(id);
    if (file === undefined) {
      throw new SpoolError('not-found', `session ${session} has no file ${id}`, { hint: '"spool files" lists the files of a session' });
    }
    const handle = await openPlain(file);
    try {
      const { size } = await handle.stat();
      return { file, bytes: size, body: bodyOf(handle, size) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #read(session: string): Promise<Map<string, ProducedFile>> {
    const files = new Map<string, ProducedFile>();
    for await (const record of this.#log.read({ stream: session, after: 0 })) {
      for (const logged of record.events) {
        if (logged.type !== 'file.produced') continue;
        const file = fileOf(parseEvent(session, logged.position, logged.body) as Event<'file.produced'>);
        if (file !== undefined) files.set(file.file, file);
      }
    }
    return files;
  }
}

function fileOf({ turn, at, data }: Event<'file.produced'>): ProducedFile | undefined {
  const { path, file, bytes } = data;
  if (file === undefined) return undefined;
  const name = data.name ?? path.slice(path.lastIndexOf('/') + 1);
  return { file, path, name, mediaType: data.mediaType ?? mediaTypeOf(name), bytes: bytes ?? null, turn: turn ?? null, at };
}

async function openPlain(file: ProducedFile): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file.path, FLAGS);
    if ((await handle.stat()).isFile() && (await realpath(file.path)) === file.path) return handle;
  } catch (error) {
    await handle?.close();
    throw gone(file, messageOf(error));
  }
  await handle.close();
  throw gone(file, 'something else has taken its place');
}

function gone(file: ProducedFile, why: string): SpoolError {
  return new SpoolError('not-found', `the file ${file.name} can no longer be read: ${why}`, {
    hint: 'it was moved, deleted or replaced since the turn made it',
    details: { path: file.path },
  });
}

/** As many bytes as were announced, also when the file grows meanwhile; fails when it shrinks, so that no part passes for the whole. */
function bodyOf(handle: FileHandle, size: number): ReadableStream<Uint8Array> {
  let left = size;
  const pull = async (body: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    if (left === 0) {
      await handle.close();
      body.close();
      return;
    }
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(left, CHUNK)));
      if (bytesRead === 0) throw new SpoolError('conflict', 'the file became shorter while it was read', { hint: 'ask for it again' });
      left -= bytesRead;
      body.enqueue(buffer.subarray(0, bytesRead));
    } catch (error) {
      await handle.close();
      throw error;
    }
  };
  return new ReadableStream({ pull, cancel: () => handle.close() }, { highWaterMark: 0 });
}
