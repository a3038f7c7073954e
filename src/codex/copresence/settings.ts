/**
 * What a terminal believes the conversation's settings to be. The interface repeats them all with every turn; what the person has changed
 * shows in the difference to what it was told last.
 */

import { Effort } from '../../contract/words.js';
import { stringField } from '../translate/unknown.js';

export interface Changes {
  readonly model?: string | undefined;
  readonly effort?: Effort | undefined;
  /** Changes that are not the terminal's to make. */
  readonly held: readonly string[];
  /** What no turn of the host can be told. */
  readonly impossible: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** What the agent may do, where it works and in which mode are the session's. */
const HELD = ['approvalPolicy', 'approvalsReviewer', 'sandboxPolicy', 'permissions', 'cwd'] as const;

export class Settings {
  #model: string | undefined;
  #effort: string | undefined;
  #held: Fields = {};

  /** What a conversation was opened with, as the answer to `thread/resume` has it. */
  opened(result: unknown): void {
    const told = fieldsOf(result);
    this.#model = stringField(told, 'model');
    this.#effort = stringField(told, 'reasoningEffort');
    const { sandbox, activePermissionProfile, ...rest } = told;
    this.#held = { ...rest, sandboxPolicy: sandbox, permissions: stringField(activePermissionProfile, 'id') };
  }

  /** Codex says that they are others now. */
  updated(settings: unknown): void {
    const told = fieldsOf(settings);
    this.#model = stringField(told, 'model') ?? this.#model;
    this.#effort = stringField(told, 'effort');
    this.#held = { ...told, permissions: stringField(told['activePermissionProfile'], 'id') };
  }

  /** What a request of the terminal would change. */
  changes(params: unknown): Changes {
    const wish = fieldsOf(params);
    const model = stringField(wish, 'model');
    const effort = stringField(wish, 'effort');
    const known = Effort.safeParse(effort).data;
    const held = HELD.filter((name) => isSet(wish[name]) && !isAlike(wish[name], this.#held[name])).map((name) => NAMES[name]);
    const mode = modeOf(wish);
    const isStrange = effort !== undefined && effort !== this.#effort && known === undefined;
    return {
      ...(model === undefined || model === this.#model ? {} : { model }),
      ...(known === undefined || known === this.#effort ? {} : { effort: known }),
      held: [...new Set(held)],
      impossible: [...(mode === 'default' ? [] : [`${mode} mode`]), ...(isStrange ? [`the effort ${effort}`] : [])],
    };
  }
}

const NAMES: Readonly<Record<(typeof HELD)[number], string>> = {
  approvalPolicy: 'what the agent may do',
  approvalsReviewer: 'who answers its questions',
  sandboxPolicy: 'what the agent may do',
  permissions: 'what the agent may do',
  cwd: 'where it works',
};

function modeOf(wish: Fields): string {
  return stringField(wish['collaborationMode'], 'mode') ?? 'default';
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Not told counts as alike: an older version that says little must not be refused for it. */
function isAlike(wanted: unknown, told: unknown): boolean {
  return !isSet(told) || JSON.stringify(wanted) === JSON.stringify(told);
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
