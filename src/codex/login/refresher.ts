/**
 * The one who renews the ChatGPT login of the vault. A refresh token is good for one use, and a second use ends the login for everybody;
 * so it never leaves the host, and only one is used at a time, also across processes: under the lock of the vault, which is read anew
 * there. What is new is written down before anybody gets it.
 */

import { type Backoff, delayOf } from '../../base/backoff.js';
import { type Clock, isoTime } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { ProxyVariables } from '../../base/proxy.js';
import type { Logger } from '../../ports/logger.js';
import type { ChatgptCredential, Credential, Vault } from '../../ports/vault.js';
import { renew } from './issuer.js';
import { endOf } from './jwt.js';

/** What a Codex process is given: good for an hour or so, and useless for renewing. */
export interface AccountTokens {
  readonly accessToken: string;
  readonly accountId: string;
  readonly plan: string | null;
}

export interface RefresherParts {
  readonly vault: Vault;
  /** The credential's name in the vault. */
  readonly name: string;
  /** The host's environment, for the proxy that it names. */
  readonly env: ProxyVariables;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Renewed so long before its end: a turn that begins with it should not be stopped by it at once. */
const AHEAD_MS = 5 * 60_000;
/** Codex does not wait for an answer for long, so the pauses are short. */
const TRIES = 4;
const BACKOFF: Backoff = { firstMs: 250, maxMs: 2_000 };

export class Refresher {
  readonly #parts: RefresherParts;
  #running: Promise<AccountTokens> | undefined;
  /** The refresh token that the login service has refused for good: it is not asked about it again. */
  #over: { readonly refreshToken: string; readonly error: SpoolError } | undefined;

  constructor(parts: RefresherParts) {
    this.#parts = parts;
  }

  /**
   * Tokens that are good for some minutes at least; undefined when the vault holds no ChatGPT login. Rejects with `unauthorized` when
   * the login is over, `unavailable` when neither the login service nor the vault can be asked.
   */
  async tokens(): Promise<AccountTokens | undefined> {
    const login = await this.#login();
    if (login === undefined) return undefined;
    if (this.#isFresh(login)) return tokensOf(login);
    try {
      return await this.#renewed(login.accessToken);
    } catch (error) {
      // The login service is away, and what there is still works for a moment.
      if (SpoolError.from(error).code === 'unavailable' && this.#isFresh(login, 0)) return tokensOf(login);
      throw error;
    }
  }

  /**
   * New tokens in the place of one that was refused, whatever it says of its end. Whoever comes with one that was replaced meanwhile gets
   * its successor. Rejects as `tokens` does.
   */
  async refresh(refused: string | undefined): Promise<AccountTokens> {
    const login = await this.#login();
    if (login === undefined) throw noLogin();
    const replaced = refused !== undefined && refused !== login.accessToken;
    return replaced && this.#isFresh(login) ? tokensOf(login) : await this.#renewed(login.accessToken);
  }

  async #login(): Promise<ChatgptCredential | undefined> {
    return chatgpt(await this.#parts.vault.get(this.#parts.name));
  }

  /** A token that does not say when it ends is good until it is refused. */
  #isFresh({ accessToken }: ChatgptCredential, aheadMs: number = AHEAD_MS): boolean {
    const end = endOf(accessToken);
    return end === undefined || end - this.#parts.clock.now() > aheadMs;
  }

  /** All who ask while it is being renewed get the same. `from`: the access token to be replaced. */
  #renewed(from: string): Promise<AccountTokens> {
    this.#running ??= this.#renew(from).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #renew(from: string): Promise<AccountTokens> {
    const { vault, name, logger } = this.#parts;
    const login = chatgpt(
      await vault.change(name, async (now) => {
        const found = chatgpt(now);
        // Another process was faster, or somebody has logged in anew: what is there now is as new as it can be.
        if (found === undefined || (found.accessToken !== from && this.#isFresh(found))) return undefined;
        return await this.#next(found);
      }),
    );
    if (login === undefined) throw noLogin();
    logger.debug({ account: login.accountId }, 'the ChatGPT login was renewed');
    return tokensOf(login);
  }

  async #next(login: ChatgptCredential): Promise<ChatgptCredential> {
    if (this.#over?.refreshToken === login.refreshToken) throw this.#over.error;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken } = await renew(login, this.#parts.env);
        return {
          ...login,
          accessToken,
          idToken: idToken ?? login.idToken,
          refreshToken: refreshToken ?? login.refreshToken,
          refreshedAt: isoTime(this.#parts.clock),
        };
      } catch (error) {
        const failure = SpoolError.from(error);
        if (failure.code === 'unauthorized') throw this.#isOver(login, failure);
        if (attempt + 1 >= TRIES) throw failure;
        this.#parts.logger.warn({ err: failure }, 'the ChatGPT login could not be renewed, and is tried again');
        await new Promise<void>((resolve) => void this.#parts.clock.after(delayOf(BACKOFF, attempt), resolve));
      }
    }
  }

  #isOver({ refreshToken, accountId }: ChatgptCredential, why: SpoolError): SpoolError {
    const error = new SpoolError('unauthorized', `the ChatGPT login of the vault is over: ${why.message}`, {
      hint: 'log in anew: spool login codex --reconnect',
      cause: why,
    });
    this.#over = { refreshToken, error };
    this.#parts.logger.error({ account: accountId }, `${error.message}; ${error.hint}`);
    return error;
  }
}

function chatgpt(credential: Credential | undefined): ChatgptCredential | undefined {
  return credential?.kind === 'chatgpt' ? credential : undefined;
}

function tokensOf({ accessToken, accountId, plan }: ChatgptCredential): AccountTokens {
  return { accessToken, accountId, plan };
}

function noLogin(): SpoolError {
  return new SpoolError('unauthorized', 'the vault holds no ChatGPT login any more', { hint: 'log in: spool login codex' });
}
