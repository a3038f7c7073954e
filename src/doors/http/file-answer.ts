/** The bytes of a file that a turn produced, as an answer that no browser takes for a page of ours. */

import type { Host, Principal } from '../../host/face.js';

/** Rejects with `not-found` when the session never told such a file, or it is gone. A HEAD request gets the head alone. */
export async function fileAnswer(
  host: Host,
  { id = '', file = '' }: Readonly<Record<string, string>>,
  by: Principal,
  headOnly: boolean,
): Promise<Response> {
  const { file: told, bytes, body } = await host.openFile(id, file, by);
  if (headOnly) await body.cancel();
  return new Response(headOnly ? null : body, {
    headers: {
      'content-type': told.mediaType,
      'content-length': String(bytes),
      'content-disposition': dispositionOf(told.name),
      'x-content-type-options': 'nosniff',
      // An agent wrote it: a picture with scripts in it must not run with the rights of whoever looks at it.
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    },
  });
}

/** The name twice: for clients that know nothing but ASCII, and whole. */
export function dispositionOf(name: string): string {
  const whole = name.replace(/\p{Surrogate}/gu, '_');
  const plain = whole.replace(/[^\x20-\x7e]|["\\/%]/gu, '_');
  const escaped = encodeURIComponent(whole).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${escaped}`;
}
