/**
 * Whether a model takes an effort: asked of the runtime's own list before anything is recorded, because Codex would only fail the turn
 * with the raw words of the model's server. What the list does not know is let through; the runtime has the last word.
 */

import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { AgentInfo, ModelInfo } from '../contract/host.js';
import type { Effort } from '../contract/words.js';
import type { Agent } from '../ports/agent.js';
import type { Logger } from '../ports/logger.js';

export interface Wish {
  readonly effort: Effort | undefined;
  /** The model that the turn will use; the runtime's default when undefined. */
  readonly model: string | undefined;
}

/** A list changes with a login or a new Codex, not from turn to turn. */
const KEEP_MS = 5 * 60_000;

export class EffortCheck {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lists = new Map<string, { readonly until: number; readonly models: Promise<readonly ModelInfo[]> }>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Rejects with `invalid-input`, naming what the model takes. */
  async demand(runtime: Agent, { codexHome, runtimeOptions }: AgentInfo, { effort, model }: Wish): Promise<void> {
    if (effort === undefined) return;
    const models = await this.#modelsOf(runtime, codexHome, runtimeOptions);
    const used = models.find((one) => (model === undefined ? one.default : one.id === model));
    if (used === undefined || used.efforts.length === 0 || used.efforts.includes(effort)) return;
    throw new SpoolError('invalid-input', `the model ${used.id} does not take the effort ${effort}`, {
      hint: `it takes: ${used.efforts.join(', ')}`,
    });
  }

  async #modelsOf(runtime: Agent, home: string, options: AgentInfo['runtimeOptions']): Promise<readonly ModelInfo[]> {
    const key = `${runtime.capabilities.runtime} ${home}`;
    const known = this.#lists.get(key);
    if (known !== undefined && known.until > this.#clock.now()) return known.models;
    const models = runtime.models(home, options).catch((err: unknown) => {
      // A runtime that cannot be reached tells so when the turn is to begin, with more to say about it.
      this.#logger.debug({ home, err }, 'the models could not be listed');
      this.#lists.delete(key);
      return [];
    });
    this.#lists.set(key, { until: this.#clock.now() + KEEP_MS, models });
    return models;
  }
}
