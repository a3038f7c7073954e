/** Names and origins that an owner lets in beside the host's own, checked: one that can never match must not be taken in silence. */

import { SpoolError } from '../base/errors.js';

/** As they may stand in a Host header. Throws `invalid-input` for what cannot stand there. */
export function allowedHosts(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (/^(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?$/i.test(name)) continue;
    throw new SpoolError('invalid-input', `${JSON.stringify(name)} cannot stand in a Host header`, {
      hint: 'give NAME (with any port) or NAME:PORT, as in the address that others use, without http://; there are no patterns',
    });
  }
  return names;
}

/** As browsers send them, without a slash at the end. Throws `invalid-input` for what is no origin. */
export function allowedOrigins(texts: readonly string[]): readonly string[] {
  return texts.map((text) => {
    const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined && url.href === `${url.origin}/`) return url.origin;
    throw new SpoolError('invalid-input', `${JSON.stringify(text)} is no origin of pages`, {
      hint: 'give scheme, name and port, as https://console.example or http://localhost:5173',
    });
  });
}
