/** `spool files` */

import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SpoolError } from '../../base/errors.js';
import type { Client } from '../../client/connect.js';
import type { ProducedFile } from '../../contract/file.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf, type Io } from '../output.js';
import { pickSession } from '../pick.js';
import { table } from '../render/table.js';
import { age } from '../render/words.js';

export const files = command({
  about: 'Lists the files that the turns of a session produced, or fetches one of them to stdout or into a file.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    file: { type: 'positional', required: false, description: 'the file to fetch: its id or its name' },
    output: { type: 'string', valueHint: 'path', description: 'where to write it: a file, or a folder that is there' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const { id } = await pickSession(client, args.session);
    const all = await everyFile(client, id);
    if (args.file === undefined) {
      if (args.output !== undefined)
        throw new SpoolError('invalid-input', '--output needs a file to fetch', { hint: 'name one behind the session' });
      list(all, args.json, io);
      return 0;
    }
    const file = pickFile(all, args.file, id);
    const path = args.output === undefined ? undefined : await placeOf(args.output, file);
    if (path === undefined && (io.stdout.isTTY === true || args.json)) {
      throw new SpoolError('invalid-input', 'the bytes of a file are not for a terminal, and are no JSON', {
        hint: 'say where to with --output',
      });
    }
    await fetchFile(client, id, file, path, io);
    if (path !== undefined && args.json) io.json({ ...file, output: path });
    else if (path !== undefined) io.note(`wrote ${path}`);
    return 0;
  },
});

async function everyFile(client: Client, session: string): Promise<readonly ProducedFile[]> {
  const all: ProducedFile[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.sessions.files(session, { limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

function list(all: readonly ProducedFile[], json: boolean, io: Io): void {
  if (json) io.json({ items: all, next: null });
  else if (all.length === 0) io.note('no turn of this session has produced a file');
  else {
    const now = Date.now();
    const rows = all.map(({ file, mediaType, bytes, at, name }) => [
      file,
      mediaType,
      bytes === null ? '' : String(bytes),
      age(at, now),
      name,
    ]);
    io.data(table(['FILE', 'TYPE', 'BYTES', 'MADE', 'NAME'], rows, { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) }));
  }
}

function pickFile(all: readonly ProducedFile[], typed: string, session: string): ProducedFile {
  const found = all.filter(({ file }) => file === typed);
  const fitting = found.length > 0 ? found : all.filter(({ name }) => name === typed);
  const [first] = fitting;
  const hint = `\`spool files ${session.slice(-6)}\` lists them`;
  if (first === undefined) throw new SpoolError('not-found', `there is no file ${JSON.stringify(typed)}`, { hint });
  if (fitting.length > 1) throw new SpoolError('invalid-input', `${fitting.length} files are named ${JSON.stringify(typed)}`, { hint });
  return first;
}

/** In a folder the file keeps its own name, which has no folders in it. */
async function placeOf(output: string, { name }: ProducedFile): Promise<string> {
  const there = await stat(output).catch(() => undefined);
  return there?.isDirectory() === true ? join(output, name.replaceAll(/[/\\]/g, '_')) : output;
}

async function fetchFile(client: Client, session: string, { file }: ProducedFile, path: string | undefined, io: Io): Promise<void> {
  const { body } = await client.sessions.file(session, file);
  if (path === undefined) {
    await pipeline(body ?? [], io.stdout, { end: false });
    return;
  }
  // What is there already gives way only to the whole file.
  const part = `${path}.part`;
  try {
    await pipeline(body ?? [], createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
