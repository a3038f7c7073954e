/** What webhooks keep in the home: one key for all of them, and for each a file that says how far it has come. */

import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SpoolError } from '../base/errors.js';
import type { HomePaths } from '../base/home-paths.js';
import { writePrivateFile } from '../base/private-files.js';
import type { WebhookStore } from '../ports/webhook-store.js';

const KEY_BYTES = 32;

/** Nothing is read or made before it is asked for: most hosts have no webhooks. */
export function webhookFiles(paths: Pick<HomePaths, 'credentials' | 'webhooks'>): WebhookStore {
  // Beside the vault, so that it is hidden from commands of agents together with it.
  const keyFile = join(dirname(paths.credentials), 'webhook-key');
  const fileOf = (webhook: string): string => join(paths.webhooks, `${webhook}.json`);
  let key: Uint8Array | undefined;
  return {
    key() {
      key ??= keyIn(keyFile) ?? made(keyFile);
      return key;
    },
    load: (webhook) => textIn(fileOf(webhook)),
    save: (webhook, text) => writePrivateFile(fileOf(webhook), `${text}\n`, { derived: true }),
    remove: (webhook) => rmSync(fileOf(webhook), { force: true }),
  };
}

/** Throws `unavailable` for one that is there and cannot be used: with a new one, every receiver would refuse what comes. */
function keyIn(file: string): Uint8Array | undefined {
  const text = textIn(file);
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length === KEY_BYTES) return key;
  throw new SpoolError('unavailable', `the key of the webhooks is damaged: ${file}`, {
    hint: 'put it back from a backup; or delete it, and make the webhooks anew with the secrets that they then have',
  });
}

function made(file: string): Uint8Array {
  const key = randomBytes(KEY_BYTES);
  writePrivateFile(file, `${key.toString('base64url')}\n`);
  return key;
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new SpoolError('unavailable', `${file} cannot be read`, { hint: 'give yourself the right to read it', cause: error });
  }
}
