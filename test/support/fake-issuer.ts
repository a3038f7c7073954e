/**
 * The login service of OpenAI as far as Codex and the host ask it, on loopback: browser and device logins, refresh tokens that rotate and
 * whose reuse ends the whole login, and revocation. Everything it was asked is kept for reading.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ChatgptCredential } from '../../src/ports/vault.js';

export interface Asked {
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
}

export interface FakeIssuerOptions {
  /** How long access tokens are good for, in seconds from when they are made; an hour unless given. */
  readonly lastsSeconds?: number;
  readonly now?: () => number;
  /** The account that everybody who logs in here has. */
  readonly account?: string;
}

const MAIL = 'ann@example.com';

export class FakeIssuer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** Who is to be told of the next device login before it is confirmed; confirmed at once when nobody wants to. */
  deviceConfirmed = true;
  /** Answers that the token endpoint gives before it works again: a status, or `cut` for a connection that breaks. */
  readonly failures: (number | 'cut')[] = [];
  /** Held answers of the token endpoint: it waits for this before it answers. */
  hold: Promise<void> = Promise.resolve();
  readonly #server: Server;
  readonly #options: FakeIssuerOptions;
  /** Refresh tokens that were given out, and whether each was used. */
  readonly #given = new Map<string, 'fresh' | 'used'>();
  readonly #id = randomBytes(3).toString('hex');
  #ended = false;
  #count = 0;

  constructor(options: FakeIssuerOptions = {}) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(options?: FakeIssuerOptions): Promise<FakeIssuer> {
    const issuer = new FakeIssuer(options);
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How often a login was renewed. */
  get refreshes(): number {
    return this.asked.filter(({ body }) => body['grant_type'] === 'refresh_token').length;
  }

  /** Ends all logins, as when the person has signed out everywhere or a refresh token was used twice. */
  endLogins(): void {
    this.#ended = true;
  }

  /** A login as the vault holds one. */
  credential(overrides: Partial<ChatgptCredential> = {}): ChatgptCredential {
    const { id_token, access_token, refresh_token } = this.#tokens();
    const refreshedAt = new Date(this.#now()).toISOString();
    return {
      kind: 'chatgpt',
      idToken: id_token,
      accessToken: access_token,
      refreshToken: refresh_token,
      accountId: this.#account,
      plan: 'plus',
      refreshedAt,
      ...overrides,
    };
  }

  /** One request, of whichever server brought it here. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://issuer');
    const body = await bodyOf(request);
    this.asked.push({ path: pathname, body });
    if (pathname === '/oauth/authorize') {
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', 'a-code');
      back.searchParams.set('state', searchParams.get('state') ?? '');
      response.writeHead(302, { location: back.href }).end();
    } else if (pathname === '/oauth/token') await this.#token(body, response);
    else if (pathname === '/oauth/revoke') send(response, 200, {});
    else if (pathname === '/api/accounts/deviceauth/usercode')
      send(response, 200, { device_auth_id: 'device-1', user_code: 'ABCD-1234', interval: '1' });
    else if (pathname === '/api/accounts/deviceauth/token') {
      if (this.deviceConfirmed) send(response, 200, { authorization_code: 'a-code', code_challenge: 'c', code_verifier: 'v' });
      else send(response, 403, {});
    } else send(response, 404, {});
  }

  async #token(body: Asked['body'], response: ServerResponse): Promise<void> {
    await this.hold;
    const failure = this.failures.shift();
    if (failure === 'cut') {
      (response.socket as Socket).destroy();
      return;
    }
    if (failure !== undefined) {
      send(response, failure, { error: { message: 'the service has a bad day' } });
      return;
    }
    if (body['grant_type'] === 'authorization_code') return send(response, 200, this.#tokens());
    if (body['grant_type'] !== 'refresh_token') return send(response, 400, { error: { code: 'unsupported_grant_type' } });
    const token = body['refresh_token'] ?? '';
    const state = this.#given.get(token);
    if (state === 'used') this.#ended = true;
    if (state === 'used') return send(response, 401, { error: { code: 'refresh_token_reused', message: 'it was used before' } });
    if (state === undefined || this.#ended) return send(response, 401, { error: { code: 'refresh_token_invalidated', message: 'ended' } });
    this.#given.set(token, 'used');
    send(response, 200, this.#tokens());
  }

  #tokens(): { id_token: string; access_token: string; refresh_token: string } {
    const n = `${this.#id}-${++this.#count}`;
    const refresh_token = `refresh-${n}-${'r'.repeat(40)}`;
    this.#given.set(refresh_token, 'fresh');
    const exp = Math.floor(this.#now() / 1000) + (this.#options.lastsSeconds ?? 3600);
    const account = { chatgpt_account_id: this.#account, chatgpt_plan_type: 'plus', chatgpt_user_id: 'user-1' };
    return {
      id_token: jwt({ email: MAIL, exp, n, 'https://api.openai.com/auth': account }),
      access_token: jwt({ exp, n, 'https://api.openai.com/auth': account, 'https://api.openai.com/profile': { email: MAIL } }),
      refresh_token,
    };
  }

  get #account(): string {
    return this.#options.account ?? 'acc-7d1f';
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

export function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${Buffer.from('no signature').toString('base64url')}`;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) return Object.fromEntries(new URLSearchParams(text));
  return JSON.parse(text) as Record<string, string>;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
