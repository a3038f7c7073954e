/**
 * What each agent has used up, and whether its budget leaves room for more. Kept in a file that is written a moment after a change, so
 * that a host that is killed forgets no more than that moment.
 */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Clock, isoTime } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { writePrivateFile } from '../../base/private-files.js';
import type { Budget } from '../../contract/budget.js';
import type { Logger } from '../../ports/logger.js';
import type { TokenUse } from './usage-scanner.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const WRITE_AFTER_MS = 1000;

const Account = z.object({
  /** The day in UTC that the tokens are of, as `2026-01-31`. */
  day: z.string(),
  tokens: z.number().int().nonnegative(),
  /** By the runtime's name of the turn: when it began, and when it last asked. In the order in which they began. */
  turns: z.array(z.object({ name: z.string(), began: z.number(), asked: z.number() })),
});
type Account = z.infer<typeof Account>;

const Accounts = z.object({ version: z.literal(1), agents: z.record(z.string(), Account) });

export interface LedgerParts {
  /** Need not exist yet. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Ledger implements AsyncDisposable {
  readonly #parts: LedgerParts;
  readonly #accounts: Map<string, Account>;
  #write: Disposable | undefined;
  #closed = false;

  /** A file that cannot be read is warned of and counts for nothing: agents must not stand still because of it. */
  constructor(parts: LedgerParts) {
    this.#parts = parts;
    this.#accounts = readAccounts(parts);
  }

  /**
   * A call of the model is about to be made. Says what speaks against it, or notes the turn and returns undefined. A turn that has begun
   * is not asked about turns again. `turn` is undefined where the call does not say which one it belongs to: then it counts as one.
   */
  enter(agent: string, turn: string | undefined, budget: Budget): string | undefined {
    const account = this.#account(agent);
    const now = this.#parts.clock.now();
    const refusal = overTokens(agent, account, budget, now) ?? overTurns(agent, account, turn, budget, now);
    if (refusal !== undefined) return refusal;
    const known = turnOf(account, turn);
    if (known === undefined) account.turns.push({ name: turn ?? '', began: now, asked: now });
    else known.asked = now;
    this.#changed();
    return undefined;
  }

  add(agent: string, { input, output }: TokenUse): void {
    this.#account(agent).tokens += input + output;
    this.#changed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    if (this.#write !== undefined) this.#save();
    return Promise.resolve();
  }

  /** Without what is of no more use. */
  #account(agent: string): Account {
    const { clock } = this.#parts;
    const now = clock.now();
    const today = isoTime(clock).slice(0, 10);
    const { day, tokens, turns } = this.#accounts.get(agent) ?? { day: today, tokens: 0, turns: [] };
    const account: Account = {
      day: today,
      tokens: day === today ? tokens : 0,
      turns: turns.filter(({ asked }) => asked > now - HOUR_MS),
    };
    this.#accounts.set(agent, account);
    return account;
  }

  #changed(): void {
    // What a torn answer still tells is not worth a timer that outlives the host.
    if (!this.#closed) this.#write ??= this.#parts.clock.after(WRITE_AFTER_MS, () => this.#save());
  }

  #save(): void {
    this.#write?.[Symbol.dispose]();
    this.#write = undefined;
    const { file, logger } = this.#parts;
    try {
      writePrivateFile(file, `${JSON.stringify({ version: 1, agents: Object.fromEntries(this.#accounts) })}\n`);
    } catch (error) {
      logger.warn({ err: error }, `what agents have used could not be written down: ${messageOf(error)}`);
    }
  }
}

function overTokens(agent: string, { tokens }: Account, { tokensPerDay }: Budget, now: number): string | undefined {
  if (tokensPerDay === undefined || tokens < tokensPerDay) return undefined;
  const midnight = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
  return `agent ${agent} has used up its budget: ${tokens} of ${tokensPerDay} tokens a day (UTC); ${opensAgain(midnight)}`;
}

function overTurns(agent: string, account: Account, turn: string | undefined, { turnsPerHour }: Budget, now: number): string | undefined {
  if (turnsPerHour === undefined || turnOf(account, turn) !== undefined) return undefined;
  const began = account.turns.map((one) => one.began).filter((at) => at > now - HOUR_MS);
  if (began.length < turnsPerHour) return undefined;
  // The one with whose leaving the hour there are fewer than allowed.
  const leaves = (began.at(-turnsPerHour) ?? now) + HOUR_MS;
  return `agent ${agent} has used up its budget: ${began.length} of ${turnsPerHour} turns an hour; ${opensAgain(leaves)}`;
}

function turnOf({ turns }: Account, name: string | undefined): Account['turns'][number] | undefined {
  return name === undefined ? undefined : turns.find((one) => one.name === name);
}

function opensAgain(at: number): string {
  return `it opens again at ${new Date(at).toISOString()}`;
}

function readAccounts({ file, logger }: LedgerParts): Map<string, Account> {
  try {
    return new Map(Object.entries(Accounts.parse(JSON.parse(readFileSync(file, 'utf8'))).agents));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      logger.warn({ file }, 'what agents have used so far cannot be read, and is counted anew');
    }
    return new Map();
  }
}
