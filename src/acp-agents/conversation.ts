/**
 * One conversation in an agent's process, with or without a thread that listens. Turns run one after the other. What happens while nobody
 * listens is kept, so that a thread that is opened again can tell what became of the turn.
 */

import {
  type CreateElicitationRequest,
  type CreateElicitationResponse,
  methods,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
} from '@agentclientprotocol/sdk';
import { SpoolError } from '../base/errors.js';
import { Pipe } from '../base/pipe.js';
import type { ApprovalAnswer } from '../contract/approval.js';
import type { AskRef, Fact, TurnRef } from '../contract/facts.js';
import type { AgentThread, StartTurn } from '../ports/agent.js';
import { turnError } from './failures.js';
import { bounded, fieldsOf } from './foreign.js';
import type { Gone, Link, Receiver } from './link.js';
import { instructionsBlock, promptOf } from './prompt.js';
import { CANCELLED } from './questions.js';
import { Run } from './run.js';

/** Facts that are kept while nobody listens. */
const MOST_MISSED = 2_000;

export interface Attachment {
  readonly facts: Pipe<Fact>;
  readonly unsettled: AgentThread['unsettled'];
}

interface Waiting {
  readonly turn: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Conversation implements Receiver {
  readonly id: string;
  readonly #link: Link<Conversation>;
  #run: Run | undefined;
  /** Keeps the process while a turn runs, whether or not somebody listens. */
  #hold: Disposable | undefined;
  #waiting: Waiting[] = [];
  #ear: Pipe<Fact> | undefined;
  #missed: Fact[] = [];
  /** The instructions that the agent has by now. */
  told: string | undefined;
  /** Those that it is told in front of the next prompt. */
  #untold: string | undefined;
  #idleMs: number | undefined;

  constructor(id: string, link: Link<Conversation>) {
    this.id = id;
    this.#link = link;
  }

  get busy(): boolean {
    return this.#run !== undefined || this.#waiting.length > 0;
  }

  instruct(instructions: string | undefined): void {
    this.#untold = instructions === this.told ? undefined : instructions;
  }

  /** Lets a thread listen. Throws `conflict` when another one does. */
  attach(unsettled: string | undefined, idleSeconds: number | undefined): Attachment {
    if (this.#ear !== undefined) {
      throw new SpoolError('conflict', 'the conversation is open in another session of this host', {
        hint: 'work in that session, or archive it first',
      });
    }
    this.#idleMs = idleSeconds === undefined ? undefined : idleSeconds * 1000;
    const facts = new Pipe<Fact>();
    const missed = this.#missed;
    this.#missed = [];
    this.#ear = facts;
    const running = this.#run !== undefined && this.#run.turn === unsettled;
    const ended = missed.some((fact) => isEnd(fact) && fact.turn === unsettled);
    if (unsettled === undefined || !(running || ended)) return { facts, unsettled: unsettled === undefined ? undefined : 'unknown' };
    facts.push({ type: 'turn.started', turn: unsettled, ref: unsettled });
    for (const fact of missed) if (!('turn' in fact) || fact.turn === unsettled) facts.push(fact);
    for (const fact of running ? (this.#run?.openAsks ?? []) : []) facts.push(fact);
    return { facts, unsettled: running ? 'running' : 'ended' };
  }

  /** The thread listens no more; a turn that runs goes on. */
  detach(facts: Pipe<Fact>): void {
    if (this.#ear !== facts) return;
    this.#ear = undefined;
    this.#giveUp();
  }

  /** Resolves with the turn's name, which is the host's own: the protocol has none. */
  async start(start: StartTurn, facts: Pipe<Fact>): Promise<TurnRef> {
    const { turn, input } = start;
    const said = await promptOf(input, this.#link.abilities);
    while (this.#run !== undefined) await this.#endOfRun(turn);
    // Both may have taken a while, and the conversation may be over by now.
    if (this.#ear !== facts || !this.#link.usable) throw new SpoolError('unavailable', 'the conversation was closed');
    const prompt = this.#untold === undefined ? said : [instructionsBlock(this.#untold, this.told !== undefined), ...said];
    const run = this.#begin(turn);
    this.#say({ type: 'turn.started', turn, ref: turn });
    const [untold, sessionId] = [this.#untold, this.id];
    this.#link.ask(methods.agent.session.prompt, { sessionId, prompt }).then(
      (response) => {
        this.told = untold ?? this.told;
        if (this.#untold === untold) this.#untold = undefined;
        run.answered(fieldsOf(response)['stopReason']);
      },
      // Of a process that is gone, its end is told, not this.
      (error: unknown) => (this.#link.usable ? run.failed(turnError(error, this.#link.failing)) : undefined),
    );
    return turn;
  }

  interrupt(turn: string): void {
    const waiting = this.#waiting.find((one) => one.turn === turn);
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    waiting?.reject(new SpoolError('cancelled', 'the turn was interrupted before it began'));
    if (this.#run?.turn === turn) this.#run.interrupt();
  }

  answer(ref: AskRef, answer: ApprovalAnswer): void {
    this.#run?.answer(ref, answer);
  }

  heard(method: string, params: unknown): void {
    // What comes between two turns is of none of ours: above all what an agent tells again when it loads a conversation.
    if (method === methods.client.session.update) this.#run?.update(fieldsOf(params)['update']);
    else if (this.#run !== undefined) this.#say({ type: 'raw', turn: this.#run.turn, method, params: bounded(params) });
  }

  noise(line: string): void {
    if (this.#run !== undefined) this.#say({ type: 'raw', turn: this.#run.turn, method: 'stdout', params: { line } });
  }

  permission(request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse> {
    return this.#run?.permission(request, signal) ?? Promise.resolve(CANCELLED);
  }

  elicitation(request: CreateElicitationRequest, signal: AbortSignal): Promise<CreateElicitationResponse> {
    return this.#run?.elicitation(request, signal) ?? Promise.resolve({ action: 'cancel' });
  }

  gone(how: Gone): void {
    this.#drop();
    this.#finish({ type: 'ended', how: 'exited', ...how });
  }

  /** The host lets go of everything. */
  close(): void {
    this.#drop();
    this.#finish(closed('closed by the host'));
  }

  #begin(turn: string): Run {
    this.#missed = [];
    this.#hold = this.#link.hold();
    const run = new Run({
      turn,
      clock: this.#link.parts.clock,
      idleMs: this.#idleMs,
      say: (fact) => this.#say(fact),
      cancel: () => this.#link.cancel(this.id),
      kill: (why) => this.#link.kill(why),
      over: () => this.#over(),
    });
    this.#run = run;
    return run;
  }

  #over(): void {
    this.#run = undefined;
    this.#hold?.[Symbol.dispose]();
    this.#waiting.shift()?.resolve();
  }

  #drop(): void {
    this.#run?.drop();
    this.#run = undefined;
    this.#hold?.[Symbol.dispose]();
    this.#giveUp();
  }

  /** Waits for the end of what runs. Whoever has waited begins at once, so that no two of them meet. */
  #endOfRun(turn: string): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ turn, resolve, reject }));
  }

  #giveUp(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new SpoolError('unavailable', 'the conversation was closed'));
  }

  #finish(ended: Extract<Fact, { type: 'ended' }>): void {
    this.#ear?.push(ended);
    this.#ear?.end();
    this.#ear = undefined;
  }

  #say(fact: Fact): void {
    if (this.#ear !== undefined) this.#ear.push(fact);
    // The whole text comes when its item is complete, and an open question is asked again.
    else if (fact.type !== 'item.delta' && fact.type !== 'ask' && (this.#missed.length < MOST_MISSED || isEnd(fact)))
      this.#missed.push(fact);
  }
}

export function closed(message: string): Extract<Fact, { type: 'ended' }> {
  return { type: 'ended', how: 'closed', message, exitCode: null, signal: null, stderrTail: '' };
}

function isEnd(fact: Fact): fact is Extract<Fact, { type: 'turn.completed' | 'turn.failed' | 'turn.interrupted' }> {
  return fact.type === 'turn.completed' || fact.type === 'turn.failed' || fact.type === 'turn.interrupted';
}
