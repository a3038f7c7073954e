/** Answers what an agent asks while its session is watched: by a person at the keyboard, or by a rule. */

import { SpoolError } from '../base/errors.js';
import { Lane } from '../base/lane.js';
import type { Client } from '../client/connect.js';
import type { Approval, Decision } from '../contract/approval.js';
import type { Event } from '../contract/events.js';
import { askKey } from './answer-keys.js';
import type { Io } from './output.js';

/** `watch` answers nothing and leaves it to others. */
export type ApproveMode = 'ask' | 'auto' | 'deny' | 'watch';

export interface ApproverOptions {
  readonly client: Client;
  readonly io: Io;
  readonly mode: ApproveMode;
  /** Called around a question at the keyboard, so that nothing is written over it. */
  readonly onAsking?: (asking: boolean) => void;
  /** What `auto` says of an answer that it gives. */
  readonly autoNote?: string;
  /** Told why an answer was given without a person. */
  readonly onNote: (text: string) => void;
}

interface Answer {
  readonly decision: Decision;
  readonly value?: unknown;
}

export class Approver implements AsyncDisposable {
  readonly #options: ApproverOptions;
  readonly #lane = new Lane();
  readonly #open = new Map<string, AbortController>();
  #failure: unknown;

  constructor(options: ApproverOptions) {
    this.#options = options;
  }

  /** To be shown every event. Never waits for a person: questions are asked one at a time beside the stream. */
  see(event: Event): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (event.type === 'approval.answered' || event.type === 'approval.expired') this.#open.get(event.data.approval)?.abort();
    if (event.type !== 'approval.asked' || this.#options.mode === 'watch') return;
    const { approval } = event.data;
    const closed = new AbortController();
    this.#open.set(approval.id, closed);
    this.#lane
      .run(() => this.#handle(approval, closed.signal))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#open.delete(approval.id));
  }

  async #handle(asked: Approval, closed: AbortSignal): Promise<void> {
    const { client } = this.#options;
    // A replayed question may have been answered long ago.
    const approval = closed.aborted ? undefined : await client.approvals.get(asked.id);
    if (approval?.status !== 'pending') return;
    try {
      const answer = await this.#decide(approval, closed);
      if (answer !== undefined) await client.approvals.answer(approval.id, answer);
    } catch (error) {
      const { code } = SpoolError.from(error);
      // Somebody was faster, or the turn is over. The stream tells the rest.
      if (code !== 'conflict' && code !== 'cancelled') throw error;
    }
  }

  async #decide(approval: Approval, closed: AbortSignal): Promise<Answer | undefined> {
    const { mode, io, onNote, onAsking } = this.#options;
    const isQuestion = approval.kind === 'userInput' || approval.kind === 'elicitation' || approval.kind === 'dynamicTool';
    if (mode === 'auto' && !isQuestion) {
      onNote(this.#options.autoNote ?? 'allowed: --approve auto');
      return { decision: 'accept' };
    }
    if (mode !== 'ask' || !io.canAsk) {
      onNote(mode === 'ask' ? 'denied: there is no terminal to ask at (--approve auto allows)' : `denied: --approve ${mode}`);
      return { decision: refusal(approval) };
    }
    onAsking?.(true);
    try {
      if (!isQuestion) return await askAtKeyboard(io, approval, closed);
      const { askQuestions } = await import('./questions.js');
      return await askQuestions(approval, closed);
    } finally {
      onAsking?.(false);
    }
  }

  /** Takes back what is being asked and waits for answers under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const closed of this.#open.values()) closed.abort();
    await this.#lane[Symbol.asyncDispose]();
  }
}

function refusal(approval: Approval): Decision {
  return approval.decisions.includes('decline') || !approval.decisions.includes('cancel') ? 'decline' : 'cancel';
}

async function askAtKeyboard(io: Io, approval: Approval, closed: AbortSignal): Promise<Answer> {
  const ink = io.ink(io.stderr);
  const forSession = approval.decisions.includes('acceptForSession');
  const choices = [`${ink.bold('y')} yes`, `${ink.bold('n')} no`, ...(forSession ? [`${ink.bold('s')} yes, for this session`] : [])];
  const key = await askKey(io, `  ${choices.join(ink.dim(' / '))} ${ink.dim('›')} `, forSession ? ['y', 'n', 's'] : ['y', 'n'], closed);
  if (key === 'y') return { decision: 'accept' };
  return key === 's' ? { decision: 'acceptForSession' } : { decision: refusal(approval) };
}
