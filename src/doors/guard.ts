/**
 * Who may come in: the Host and Origin headers (a page of a foreign site must not reach a host on loopback, also not by a name that
 * it points there), and the token. Never logs or repeats a token.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { SpoolError } from '../base/errors.js';
import { roleMay } from '../contract/rights.js';
import type { Right } from '../contract/routes.js';
import type { Principal } from '../host/face.js';

export interface Access {
  /** The owner's token, or `'none'`: everybody who reaches the port is the owner. */
  readonly auth: { readonly token: string } | 'none';
  /** Who bears another token than the owner's; null for nobody. Must compare in constant time. */
  readonly principals?: ((token: string) => Principal | null) | undefined;
  /** The address that the server listens on. */
  readonly bind: string;
  /** Names beside the loopback ones that may stand in the Host header: `name` with any port, or `name:port`. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins beside the host's own whose pages may call, as `https://name:port`. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

const OWNER: Principal = { name: 'owner', role: 'owner' };

/** Speaks where no token is needed. */
export const ANYBODY: Principal = { name: 'anybody', role: 'viewer' };

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];
const ANY_ADDRESS = new Set(['0.0.0.0', '::', '']);

export function isLoopback(bind: string): boolean {
  return bind === 'localhost' || bind === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(bind);
}

/** An address as it stands in a URL. */
export function hostInUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

export class Guard {
  readonly #access: Access;
  readonly #port: () => number;

  /** `port` is asked at each request, because port 0 becomes a real one only once the server listens. */
  constructor(access: Access, port: () => number) {
    this.#access = access;
    this.#port = port;
  }

  /** Throws `forbidden` for a Host header that is not ours or the Origin of a foreign page. */
  checkPlace(headers: IncomingHttpHeaders): void {
    const host = headers.host?.toLowerCase() ?? '';
    if (!this.#isOurs(host)) {
      throw new SpoolError('forbidden', `the Host header ${JSON.stringify(host)} does not name this host`, {
        hint: `use http://127.0.0.1:${this.#port()}, or start the host with --allow-host and the name`,
      });
    }
    const origin = headers.origin;
    if (origin === undefined || hostOfOrigin(origin) === host || this.foreignOrigin(headers) !== undefined) return;
    throw new SpoolError('forbidden', `pages of ${JSON.stringify(origin)} may not use this host`, {
      hint: 'start the host with --allow-origin and the origin',
    });
  }

  /** The Origin header, where it is one of the allowed foreign ones. */
  foreignOrigin(headers: IncomingHttpHeaders): string | undefined {
    const origin = headers.origin;
    return origin !== undefined && this.#access.allowedOrigins?.includes(origin) === true ? origin : undefined;
  }

  /**
   * Who speaks. Throws `unauthorized` without a token that is known, `forbidden` without the right. `query` is the `access_token` of
   * the URL, which counts only where a browser cannot set headers: event streams and WebSockets.
   */
  admit(request: IncomingMessage, right: Right, query?: string | null): Principal {
    const by = this.#principal(request.headers.authorization, query ?? undefined);
    if (roleMay(by.role, right)) return by;
    throw new SpoolError('forbidden', `${by.name} (${by.role}) may not ${right} here`, { hint: 'use a token with a higher role' });
  }

  #principal(header: string | undefined, query: string | undefined): Principal {
    const { auth, principals } = this.#access;
    const token = header === undefined ? query : /^bearer +(\S+) *$/i.exec(header)?.[1];
    // Where everybody is the owner, an agent from elsewhere is still the one that it says it is.
    if (auth === 'none') return (token === undefined ? null : principals?.(token)) ?? OWNER;
    if (token === undefined) {
      const found = header === undefined ? 'this needs a token' : 'the Authorization header is not "Bearer TOKEN"';
      throw new SpoolError('unauthorized', found, {
        hint: 'send "Authorization: Bearer TOKEN"; the owner\'s token lies in the file token in the home of the host',
      });
    }
    if (sameToken(token, auth.token)) return OWNER;
    const known = principals?.(token) ?? null;
    if (known !== null) return known;
    throw new SpoolError('unauthorized', 'this host does not know the token', {
      hint: "take the one in the file token in the home of the host; an agent's is worth nothing once it was dismissed",
    });
  }

  #isOurs(host: string): boolean {
    const { bind, allowedHosts } = this.#access;
    const { name, port } = splitHost(host);
    if (allowedHosts?.some((allowed) => allowed.toLowerCase() === host || allowed.toLowerCase() === name) === true) return true;
    if (port !== String(this.#port())) return false;
    return LOOPBACK_NAMES.includes(name) || (!ANY_ADDRESS.has(bind) && name === hostInUrl(bind).toLowerCase());
  }
}

function splitHost(host: string): { name: string; port: string } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host);
  return { name: match?.[1] ?? '', port: match?.[2] ?? '80' };
}

/** `name:port` as in a Host header, or undefined for an origin that is none (`null`). */
function hostOfOrigin(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Compares digests, so that neither content nor length shows in the time. */
function sameToken(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
