/** The input of a turn as the parts of a message, and what stands in the folder for every agent. */

import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SpoolError } from '../base/errors.js';
import { mediaTypeOf } from '../base/media-type.js';
import type { InputItem } from '../contract/session.js';

/** `mark` goes with the first text: by it the turn is found again. */
export async function partsOf(input: readonly InputItem[], mark: Readonly<Record<string, string>>): Promise<object[]> {
  const parts = await Promise.all(input.map(partOf));
  const at = input.findIndex(({ type }) => type === 'text');
  if (at === -1) return [{ type: 'text', text: '', metadata: mark }, ...parts];
  return parts.map((part, i) => (i === at ? { ...part, metadata: mark } : part));
}

async function partOf(item: InputItem): Promise<object> {
  if (item.type === 'text') return { type: 'text', text: item.text };
  if (item.type === 'image') return { type: 'file', mime: mimeOfUrl(item.url), filename: 'image', url: item.url };
  const content = await readFile(item.path).catch((error: unknown) => {
    throw new SpoolError('invalid-input', `the picture ${item.path} cannot be read`, { cause: error });
  });
  const mime = imageType(item.path);
  return { type: 'file', mime, filename: basename(item.path), url: `data:${mime};base64,${content.toString('base64')}` };
}

function mimeOfUrl(url: string): string {
  return /^data:(image\/[\w.+-]+)[;,]/.exec(url)?.[1] ?? imageType(URL.canParse(url) ? new URL(url).pathname : url);
}

function imageType(name: string): string {
  const type = mediaTypeOf(name);
  return type.startsWith('image/') ? type : 'image/png';
}

let lastMs = 0;
let counter = 0;

/** An id like those that OpenCode gives itself, which sort by their time. */
export function messageId(now: number): string {
  counter = now === lastMs ? counter + 1 : 1;
  lastMs = now;
  const time = ((BigInt(now) << 12n) + BigInt(counter)) & 0xffff_ffff_ffffn;
  const letters = [...randomBytes(14)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  return `msg_${time.toString(16).padStart(12, '0')}${letters}`;
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LONGEST = 64 * 1024;

/**
 * The AGENTS.md files from the root of the repository down to the folder. OpenCode would read them itself, but only together with the
 * configuration of the repository, which we keep from it.
 */
export async function projectInstructions(directory: string): Promise<string | undefined> {
  const texts: string[] = [];
  for (const folder of await foldersUpToRoot(directory)) {
    const file = join(folder, 'AGENTS.md');
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.trim() !== '') texts.unshift(`Instructions from: ${file}\n${text}`);
  }
  return texts.length === 0 ? undefined : texts.join('\n\n').slice(0, LONGEST);
}

/** From the folder to the root of its repository; the folder alone where there is none. */
async function foldersUpToRoot(directory: string): Promise<string[]> {
  const folders: string[] = [];
  for (let folder = directory; ; folder = dirname(folder)) {
    folders.push(folder);
    if ((await stat(join(folder, '.git')).catch(() => undefined)) !== undefined) return folders;
    if (folder === dirname(folder)) return [directory];
  }
}
