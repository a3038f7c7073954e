/** The `auth.json` that Codex writes at a login, read whole. */

import { z } from 'zod';
import { SpoolError } from '../../base/errors.js';
import type { Credential } from '../../ports/vault.js';
import { accountClaim, claimsOf } from './jwt.js';

/** A newer Codex may say more than we need. */
const AuthFile = z.looseObject({
  OPENAI_API_KEY: z.string().min(1).nullish(),
  tokens: z
    .looseObject({
      id_token: z.string().min(1),
      access_token: z.string().min(1),
      refresh_token: z.string().min(1),
      account_id: z.string().min(1).nullish(),
      oauth_provenance: z.looseObject({ issuer: z.url(), client_id: z.string().min(1) }).nullish(),
    })
    .nullish(),
  last_refresh: z.iso.datetime().nullish(),
});

export interface FreshLogin {
  readonly credential: Credential;
  /** What a person knows it by. */
  readonly label: string;
}

/** Throws `runtime-failed` for a file that we cannot use; the message holds nothing of what is in it. */
export function readLogin(text: string, now: string): FreshLogin {
  const { tokens, OPENAI_API_KEY: key, last_refresh } = parsed(text);
  if (tokens == null) {
    if (key == null) throw unknownForm('neither tokens nor a key');
    return { credential: { kind: 'apiKey', key }, label: keyLabel(key) };
  }
  const { id_token: idToken, access_token: accessToken, refresh_token: refreshToken, oauth_provenance: provenance } = tokens;
  const claim = (name: string): string | undefined => accountClaim(idToken, name) ?? accountClaim(accessToken, name);
  const accountId = tokens.account_id ?? claim('chatgpt_account_id');
  if (accountId === undefined) throw unknownForm('no account');
  const { email } = claimsOf(idToken);
  return {
    credential: {
      kind: 'chatgpt',
      ...{ idToken, accessToken, refreshToken, accountId },
      plan: claim('chatgpt_plan_type') ?? null,
      refreshedAt: last_refresh ?? now,
      ...(provenance == null ? {} : { issuer: provenance.issuer, clientId: provenance.client_id }),
    },
    label: typeof email === 'string' && email !== '' ? email : accountId,
  };
}

/** The beginning that says what kind it is, and the end by which one tells two apart. */
export function keyLabel(key: string): string {
  const start = /^sk-(?:[a-z]+-)?/.exec(key)?.[0] ?? '';
  // Of a short key four characters would be too much.
  return key.length < start.length + 20 ? `${start}…` : `${start}…${key.slice(-4)}`;
}

function parsed(text: string): z.infer<typeof AuthFile> {
  try {
    return AuthFile.parse(JSON.parse(text));
  } catch {
    // What went wrong would be told with parts of the file.
    throw unknownForm('something else than expected');
  }
}

function unknownForm(what: string): SpoolError {
  return new SpoolError('runtime-failed', `the login file that Codex wrote holds ${what}`, {
    hint: 'this Codex may be too new for this Spool: look for an update of Spool',
  });
}
