/** What is asked of the login service that gave a login: to renew it, and to end it. */

import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { messageOf, SpoolError } from '../../base/errors.js';
import { type ProxyVariables, proxyFor, TunnelAgent } from '../../base/proxy.js';
import type { ChatgptCredential } from '../../ports/vault.js';

const ISSUER = 'https://auth.openai.com';
/** What Codex is called there. */
const CLIENT = 'app_EMoamEEZ73f0CkXaXp7hrann';

const TIMEOUT_MS = 30_000;

const Renewed = z.object({
  access_token: z.string().min(1),
  id_token: z.string().min(1).nullish(),
  refresh_token: z.string().min(1).nullish(),
});
export type Renewed = z.infer<typeof Renewed>;

type Login = Pick<ChatgptCredential, 'refreshToken' | 'issuer' | 'clientId'>;

/**
 * New tokens for a login; the old refresh token is used up then. Rejects with `unauthorized` when the login is over for good, and with
 * `unavailable` when it may work later.
 */
export async function renew(login: Login, proxies: ProxyVariables): Promise<Renewed> {
  const { status, text } = await ask(login, '/oauth/token', proxies, {
    client_id: login.clientId ?? CLIENT,
    grant_type: 'refresh_token',
    refresh_token: login.refreshToken,
  });
  if (status !== 200) throw refusal(status, text);
  const renewed = Renewed.safeParse(jsonOf(text));
  if (renewed.success) return renewed.data;
  throw new SpoolError('unavailable', 'the login service gave an answer without tokens');
}

/** Ends a login there, so that its tokens are good for nothing any more. Rejects with `unavailable`. */
export async function revoke(login: Login, proxies: ProxyVariables): Promise<void> {
  const { status } = await ask(login, '/oauth/revoke', proxies, {
    token: login.refreshToken,
    token_type_hint: 'refresh_token',
    client_id: login.clientId ?? CLIENT,
  });
  if (status !== 200) throw new SpoolError('unavailable', `the login service answered with status ${status}`);
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Goes where it is sent and no further: a redirection would carry the token to wherever it points. */
async function ask(
  { issuer = ISSUER }: Login,
  path: string,
  proxies: ProxyVariables,
  body: Readonly<Record<string, string>>,
): Promise<Answer> {
  try {
    const address = new URL(path, issuer);
    const text = JSON.stringify(body);
    const secure = address.protocol === 'https:';
    const proxy = secure ? proxyFor(address.hostname, proxies) : undefined;
    const request = (secure ? httpsRequest : httpRequest)(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'content-length': Buffer.byteLength(text) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(proxy === undefined ? {} : { agent: new TunnelAgent(proxy, {}) }),
    });
    const answered = once(request, 'response');
    // Behind the answer's beginning nobody else would hear of it; the reading of its rest fails then.
    request.on('error', () => undefined);
    request.end(text);
    const [response] = (await answered) as [IncomingMessage];
    return { status: response.statusCode ?? 0, text: await textOf(response) };
  } catch (error) {
    throw new SpoolError('unavailable', `the login service cannot be reached: ${messageOf(error)}`, { cause: error });
  }
}

/** As OpenAI words them, and OAuth itself. */
const OVER: Readonly<Record<string, string>> = {
  refresh_token_reused: 'its refresh token was used by somebody else',
  refresh_token_expired: 'it has expired',
  refresh_token_invalidated: 'it was ended',
  invalid_grant: 'it was ended',
};

/** Only what the service says of the login itself ends it: a proxy on the way may answer with 401 or 400 too. */
function refusal(status: number, text: string): SpoolError {
  const code = errorCodeOf(jsonOf(text));
  const why = code === undefined ? undefined : OVER[code];
  if (why !== undefined) return new SpoolError('unauthorized', why, { details: { code } });
  const said = code === undefined ? '' : ` (${code})`;
  return new SpoolError('unavailable', `the login service answered with status ${status}${said}`);
}

/** `{error: "code"}` as OAuth has it, `{error: {code}}` or `{code}` as OpenAI does. */
function errorCodeOf(body: unknown): string | undefined {
  const error = fieldOf(body, 'error') ?? fieldOf(body, 'code');
  const code = typeof error === 'string' ? error : fieldOf(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page of a proxy, which says nothing of the login.
    return undefined;
  }
}
