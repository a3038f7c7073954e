/**
 * Questions of Codex at a terminal. Codex asks every client with the same request id and takes the first answer. The terminal's answer is
 * not given to Codex but to the seat, so that it is recorded with the person's name before the agent goes on; Codex then tells the terminal
 * that the question is settled, whoever settled it.
 */

import { SpoolError } from '../../base/errors.js';
import type { Seat } from '../../ports/terminal.js';
import { type Verdict, verdictOf } from '../translate/approvals.js';
import type { RequestId } from '../wire/message.js';
import { answerBack } from './answers-back.js';
import type { Line } from './line.js';

type Asking = Extract<Verdict, { kind: 'ask' }>;

interface Open {
  readonly method: string;
  readonly question: Asking;
  /** As Codex sent it. */
  readonly text: string;
}

export interface QuestionsParts {
  readonly seat: Seat;
  readonly line: Line;
  /** Gives an answer to Codex as it is. */
  readonly forward: (id: RequestId, result: unknown) => void;
  readonly now: () => number;
}

export class Questions {
  readonly #parts: QuestionsParts;
  readonly #open = new Map<RequestId, Open>();

  constructor(parts: QuestionsParts) {
    this.#parts = parts;
  }

  /**
   * A request of Codex. What is no question for a person (a tool of the host, a token, the time) the host answers on its own line; shown
   * to the interface it would be answered with an error, and the first answer counts.
   */
  ask(request: { readonly id: RequestId; readonly method: string; readonly params: unknown }, text: string): void {
    const { id, method, params } = request;
    const question = verdictOf(method, params, {
      requestId: id,
      now: this.#parts.now(),
      changes: () => undefined,
      mcpCall: () => undefined,
      hasTool: () => false,
    });
    if (question.kind !== 'ask') return;
    this.#open.set(id, { method, question, text });
    this.#parts.line.raw(text);
  }

  /** Codex says that it has an answer. */
  resolved(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#open.delete(id);
  }

  /** What the person answered; nothing when it is settled by now. An error of the interface is no answer: it could not show the question. */
  answer(id: RequestId, result: unknown): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    void this.#give(id, open, result);
  }

  async #give(id: RequestId, { method, question, text }: Open, result: unknown): Promise<void> {
    const { seat, line, forward } = this.#parts;
    const answer = answerBack(question, result);
    try {
      if (answer !== undefined && (await seat.answer(question.ref, answer))) return;
      seat.acted({ method, allowed: true, detail: question.ask.title });
      forward(id, result);
    } catch (error) {
      // It is still open: the person may answer again.
      line.tell(`your answer was not taken: ${SpoolError.from(error).message}`);
      line.raw(text);
    }
  }
}
