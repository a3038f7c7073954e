/** The text for an agent: the word itself, or all of stdin for `-`. */

import { SpoolError } from '../base/errors.js';
import type { Io } from './output.js';

export async function inputText(word: string, io: Io): Promise<string> {
  let text = word;
  if (word === '-') {
    const chunks: Buffer[] = [];
    for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk));
    text = Buffer.concat(chunks).toString('utf8').trim();
  }
  if (text.trim() === '') throw new SpoolError('invalid-input', 'there is no text for the agent');
  return text;
}
