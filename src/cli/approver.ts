/** Answers what an agent asks while its session is watched: with a person at the keyboard, or with a no where nobody can be asked. */

import { SpoolError } from '../base/errors.js';
import { Lane } from '../base/lane.js';
import type { Client } from '../client/connect.js';
import type { Approval, ApprovalAnswer } from '../contract/approval.js';
import type { Event } from '../contract/events.js';
import { askPerson, refusalOf } from './ask-person.js';
import type { Io } from './output.js';

/** `auto` and `deny` are answered by the host, save for what takes more than a yes. `watch` leaves everything to others. */
export type ApproveMode = 'ask' | 'auto' | 'deny' | 'watch';

export interface ApproverOptions {
  readonly client: Client;
  readonly io: Io;
  readonly mode: ApproveMode;
  /** Called with the question that is at the keyboard now, and with null behind it: nothing may be written over it. */
  readonly onAsking?: (approval: Approval | null) => void;
  /** What `auto` says of an answer that the host has given. */
  readonly autoNote?: string;
  /** Told why an answer was given without a person. */
  readonly onNote: (text: string) => void;
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
    if (event.type === 'approval.answered') this.#noteOf(event.data.by);
    if (event.type !== 'approval.asked' || this.#options.mode === 'watch') return;
    const { approval } = event.data;
    // A reader that was cut off sees some events anew.
    if (this.#open.has(approval.id)) return;
    const closed = new AbortController();
    this.#open.set(approval.id, closed);
    this.#lane
      .run(() => this.#handle(approval, closed.signal))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#open.delete(approval.id));
  }

  #noteOf(by: string): void {
    const { mode, onNote, autoNote = 'allowed: --approve auto' } = this.#options;
    if (by === 'policy' && mode === 'auto') onNote(autoNote);
    if (by === 'policy' && mode === 'deny') onNote(DENIED.deny);
  }

  async #handle(asked: Approval, closed: AbortSignal): Promise<void> {
    const { client } = this.#options;
    // A replayed question may have been answered long ago, and one that the policy answers is answered already.
    const approval = closed.aborted ? undefined : await client.approvals.get(asked.id);
    if (approval?.status !== 'pending') return;
    try {
      while (!(await this.#answer(approval, closed)));
    } catch (error) {
      const { code } = SpoolError.from(error);
      // Somebody was faster, or the turn is over. The stream tells the rest.
      if (code !== 'conflict' && code !== 'cancelled') throw error;
    }
  }

  /** False when the host does not take what the person has answered. */
  async #answer(approval: Approval, closed: AbortSignal): Promise<boolean> {
    const { client, onNote } = this.#options;
    const { answer, byPerson } = await this.#decide(approval, closed);
    try {
      await client.approvals.answer(approval.id, answer);
    } catch (error) {
      const { code, message, hint } = SpoolError.from(error);
      if (code !== 'invalid-input' || !byPerson) throw error;
      onNote(hint === undefined ? message : `${message}; ${hint}`);
      return false;
    }
    // The next question is asked once this one is seen to be answered.
    if (!closed.aborted) await new Promise((resolve) => closed.addEventListener('abort', resolve, { once: true }));
    return true;
  }

  async #decide(approval: Approval, closed: AbortSignal): Promise<{ answer: ApprovalAnswer; byPerson: boolean }> {
    const { mode, io, onNote, onAsking } = this.#options;
    if (mode === 'deny' || !io.canAsk) {
      onNote(DENIED[mode]);
      return { answer: { decision: refusalOf(approval) }, byPerson: false };
    }
    onAsking?.(approval);
    try {
      return { answer: await askPerson(io, approval, closed), byPerson: true };
    } finally {
      onAsking?.(null);
    }
  }

  /** Takes back what is being asked and waits for answers under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const closed of this.#open.values()) closed.abort();
    await this.#lane[Symbol.asyncDispose]();
  }
}

const DENIED: Readonly<Record<ApproveMode, string>> = {
  ask: 'denied: there is no terminal to ask at (--approve auto allows)',
  auto: 'denied: it takes more than a yes, and there is no terminal to ask at',
  deny: 'denied: --approve deny',
  watch: 'denied',
};
