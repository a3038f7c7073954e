/**
 * The ChatGPT login of one Codex process, where it is given one: Codex gets tokens that are good for a while, asks for new ones when they
 * are refused, and never gets what they are renewed with.
 */

import { SpoolError } from '../../base/errors.js';
import type { Logger } from '../../ports/logger.js';
import type * as Codex from '../generated/protocol.js';
import type { IncomingRequest } from '../wire/peer.js';
import type { Link } from './link.js';

export interface AccountTokens {
  readonly accessToken: string;
  readonly accountId: string;
  readonly plan: string | null;
}

/** Whose login the processes of a home are given. Rejects with `unauthorized` when it is over, `unavailable` when it cannot be had now. */
export interface Account {
  /** Undefined when there is none. */
  tokens(): Promise<AccountTokens | undefined>;
  /** In the place of an access token that was refused. */
  refresh(refused: string | undefined): Promise<AccountTokens>;
}

/** The connection to the process. */
export interface AccountLink extends Pick<Link, 'request' | 'home'> {
  /** Tells all threads of the process. */
  warn(message: string): void;
}

/** What Codex asks when its token was refused. */
export const TOKENS_REFUSED = 'account/chatgptAuthTokens/refresh';

const REFUSED = -32000;

export class ProcessAccount {
  readonly #account: Account;
  readonly #link: AccountLink;
  readonly #logger: Logger;
  #given: AccountTokens | undefined;
  /** What the threads were told last. */
  #told: string | undefined;

  constructor(account: Account, link: AccountLink, logger: Logger) {
    this.#account = account;
    this.#link = link;
    this.#logger = logger;
  }

  /** Whether the process has a login from us. */
  get given(): boolean {
    return this.#given !== undefined;
  }

  /**
   * Gives the process the tokens as they are now, unless it has them. False when it was given some before and there are none any more:
   * such a process must not be used. Rejects as `Account.tokens` does.
   */
  async login(): Promise<boolean> {
    const tokens = await this.#account.tokens();
    if (tokens === undefined) return this.#given === undefined;
    if (tokens.accessToken === this.#given?.accessToken) return true;
    const { accessToken, accountId: chatgptAccountId, plan: chatgptPlanType } = tokens;
    await this.#link.request('account/login/start', { type: 'chatgptAuthTokens', accessToken, chatgptAccountId, chatgptPlanType });
    this.#given = tokens;
    return true;
  }

  /** Answers `TOKENS_REFUSED`. Codex fails its turn with what we say when there is nothing to be had. */
  async answer(request: IncomingRequest): Promise<void> {
    try {
      const tokens = await this.#account.refresh(this.#given?.accessToken);
      // In the place of a token Codex takes only one of the same account. A login it takes also from another one.
      if (this.#given !== undefined && this.#given.accountId !== tokens.accountId) {
        await this.login();
        throw new SpoolError('unauthorized', 'the vault has the login of another account by now; this turn was begun with the one before');
      }
      this.#given = tokens;
      this.#told = undefined;
      const { accessToken, accountId: chatgptAccountId, plan: chatgptPlanType } = tokens;
      request.result({ accessToken, chatgptAccountId, chatgptPlanType } satisfies Codex.ChatgptAuthTokensRefreshResponse);
    } catch (err) {
      const { message, hint } = SpoolError.from(err);
      const said = hint === undefined ? message : `${message} (${hint})`;
      this.#logger.warn({ home: this.#link.home }, `Codex asked for new tokens of the ChatGPT login: ${said}`);
      // Codex tells of our refusal only that there was one, and asks again a few times.
      if (this.#told !== said) this.#link.warn(said);
      this.#told = said;
      request.error({ code: REFUSED, message: said });
    }
  }
}
