/** What Codex's refusals mean to the host. It answers nearly all with -32600, so only the text tells them apart. */

import { join } from 'node:path';
import { messageOf, SpoolError } from '../../base/errors.js';
import { STALE_THREAD } from '../translate/error.js';
import { GATEWAY } from './setup.js';

/** The turn that was to be interrupted has ended. */
export function isNoActiveTurn(error: unknown): boolean {
  return /no active turn/i.test(messageOf(error)) || /expected active turn/i.test(messageOf(error));
}

/** Codex does not know the conversation (any more). */
export function isStaleThread(error: unknown): boolean {
  return error instanceof SpoolError && error.code === 'runtime-failed' && STALE_THREAD.test(error.message);
}

/** Another process has the conversation open. */
export function isTaken(error: unknown): boolean {
  return error instanceof SpoolError && error.code === 'runtime-failed' && /already has an active writer/i.test(error.message);
}

/** The conversation was begun with the provider of another login, and Codex does not let it change that. */
export function isOtherProvider(error: unknown): boolean {
  return error instanceof SpoolError && error.code === 'runtime-failed' && OTHER_PROVIDER.test(error.message);
}

/** Away from our gateway, in the words of newer and of older versions; and to it. */
const OTHER_PROVIDER = new RegExp(`model provider [“\`"]${GATEWAY}[”\`"]|cannot change this thread's model provider`, 'i');

/** Codex's no to a steer, as a conflict; failures of the connection stay what they are. */
export function refusalOf(error: unknown): SpoolError {
  const own = SpoolError.from(error);
  if (own.code !== 'runtime-failed') return own;
  return new SpoolError('conflict', `Codex did not take the message into the running turn: ${own.message}`, { cause: error });
}

/** Why a thread could not be opened, with a hint where the cause is known. */
export function openFailure(error: unknown, home: string): SpoolError {
  const own = SpoolError.from(error);
  if (own.code !== 'runtime-failed') return own;
  if (/failed to load configuration/i.test(own.message)) {
    return new SpoolError('runtime-failed', own.message, { hint: `correct ${join(home, 'config.toml')}`, cause: error });
  }
  return own;
}
