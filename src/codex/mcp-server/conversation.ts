/**
 * One conversation in a process of `codex mcp-server`: its calls one after the other, and what Codex tells of them as the facts of its turns. It is
 * there as long as the process is; sessions come and go. Its name is one of ours, because Codex gives it one with the first call only.
 */

import { SpoolError } from '../../base/errors.js';
import type { ApprovalAnswer } from '../../contract/approval.js';
import type { Usage } from '../../contract/item.js';
import type { TurnError } from '../../contract/session.js';
import type { AskRef, Fact, OpenThread, StartTurn, ThreadId, TurnRef } from '../../ports/agent.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';
import { Audience } from './audience.js';
import { commandOf, inputIn } from './items.js';
import { promptOf, refuseOthers, unanswerable } from './limits.js';
import { askOf, questionIn, replyOf } from './questions.js';
import { RunningTurn } from './running-turn.js';
import type { CallResult, McpServer } from './server.js';
import { Tellers } from './tellers.js';
import type { Behind, McpThread } from './thread.js';
import { errorIn, errorOf } from './turn-error.js';
import { TurnQueue } from './turn-queue.js';
import { TurnTale } from './turn-tale.js';

/** What the model is told in place of the message that clears the way; the turn that it begins is stopped before it has done anything. */
const CLEARING = 'The turn before failed. The next message follows.';

type Told = Pick<McpServer, 'call' | 'cancel' | 'settled'>;

export class Conversation implements Behind {
  readonly id: ThreadId;
  readonly #server: Told;
  readonly #audience = new Audience();
  readonly #queue = new TurnQueue();
  readonly #tellers = new Tellers();
  #thread: OpenThread;
  #first: Fields;
  /** Codex's name of it. */
  #codex: string | undefined;
  #firstCall: number | undefined;
  /** What Codex said of itself at the beginning, until it is told. */
  #configured: Fields | undefined;
  #run: RunningTurn | undefined;
  /** Turns that are over and have left something open: an interrupt lets commands run on, and others end behind their turn. */
  #past: readonly RunningTurn[] = [];
  /** What all turns have used. */
  #used: Usage | undefined;
  /** A turn that clears the way may still be told of: the next one is known by its message. */
  #cleared = false;
  #clearing: Promise<void> | undefined;
  /** Gets what the calls hand on, while somebody waits for something of it. */
  #watch: ((call: number | undefined, kind: string) => void) | undefined;

  constructor(id: ThreadId, server: Told, thread: OpenThread, first: Fields) {
    this.id = id;
    this.#server = server;
    this.#thread = thread;
    this.#first = first;
  }

  /** Whether an event of this call or this conversation of Codex is one of its own. */
  owns(codex: string | undefined, call: number | undefined): boolean {
    return codex !== undefined && this.#codex !== undefined ? codex === this.#codex : call !== undefined && call === this.#firstCall;
  }

  get isOpen(): boolean {
    return this.#audience.present;
  }

  /** Gives it to a session. What happened since it was let go of is told now. */
  attach(thread: McpThread, opened: OpenThread, first: Fields): void {
    const changed = JSON.stringify(first) !== JSON.stringify(this.#first);
    const begun = this.#codex !== undefined || this.#run !== undefined;
    if (!begun) [this.#thread, this.#first] = [opened, first];
    this.#audience.welcome(thread, opened.unsettled?.turn, this.#run?.turn);
    for (const [ref, { ask }] of this.#run?.asks ?? []) this.tell({ type: 'ask', turn: this.#run?.turn ?? '', ref, ask });
    if (begun && changed) this.tell({ type: 'warning', message: CHANGED });
  }

  detach(thread: McpThread): void {
    if (!this.#audience.leaves(thread)) return;
    this.#queue.refuse(new SpoolError('unavailable', 'the conversation was let go of'));
  }

  /** The process is gone. */
  end(ended: Extract<Fact, { type: 'ended' }>): void {
    const gone = new SpoolError('unavailable', ended.message);
    this.#run?.refuse(gone);
    this.#queue.refuse(gone);
    this.#run = undefined;
    this.#audience.end(ended);
  }

  async start(start: StartTurn): Promise<TurnRef> {
    if (this.#run?.turn === start.turn) return await this.#run.begun;
    refuseOthers(start, this.#thread);
    const prompt = promptOf(start.input);
    await this.#queue.place(start.turn);
    const run = new RunningTurn(prompt, new TurnTale(start.turn, this.#used));
    this.#run = run;
    try {
      // The process may go meanwhile, and then nothing is heard any more.
      await Promise.race([this.#clear(), run.begun]);
      run.call = await this.#call(prompt);
      return await run.begun;
    } catch (error) {
      if (this.#run === run) this.#run = undefined;
      this.#queue.free();
      throw error;
    }
  }

  async interrupt(turn: string): Promise<void> {
    if (this.#queue.giveUp(turn)) return;
    const run = this.#run;
    if (run?.turn !== turn || run.over) return;
    run.interrupted = true;
    // Before it has begun, the process would not know what to stop; before it was sent, there is nothing.
    if (run.native !== undefined) await this.#stop(run);
    else if (run.call === undefined) run.refuse(new SpoolError('cancelled', 'the turn was interrupted before it began'));
  }

  answer(ref: AskRef, { decision }: ApprovalAnswer): void {
    const open = this.#run?.asks.get(ref);
    if (open === undefined || this.#run === undefined) return;
    const { asks, tale } = this.#run;
    asks.delete(ref);
    open.reply(replyOf({ decision }));
    this.tell({ type: 'ask.closed', ref });
    const { call, kind, params } = open.question;
    // Of a command that was refused nothing more is told.
    if (kind === 'command' && (decision === 'decline' || decision === 'cancel')) {
      const { codex_command: command, codex_cwd: cwd } = params;
      this.tell(...tale.end(commandOf(call, { command, cwd }, 'declined')));
    }
  }

  /** A question of Codex. The answer is a no where nobody can be asked. */
  async ask(params: Fields, id: string): Promise<Fields> {
    const question = questionIn(params);
    const run = this.#run;
    if (question === undefined || run?.native !== question.native || run.over) return replyOf({ decision: 'decline' });
    const { call, kind } = question;
    const ask = askOf(question, run.announced.get(call));
    const ref = `${refOf(run.native, this.#codex)}/${call}#${id}`;
    if (kind === 'command') {
      const { codex_command: command, codex_cwd: cwd } = params;
      this.tell(...run.tale.begin(commandOf(call, { command, cwd }, 'inProgress')));
    }
    return await new Promise((reply) => {
      run.asks.set(ref, { ask, question, reply });
      this.tell({ type: 'ask', turn: run.turn, ref, ask });
    });
  }

  /** An event that a call has handed on. `of` is the turn that it is about, where it is about one. */
  hear(call: number | undefined, of: string, msg: Fields): void {
    const kind = textIn(msg, 'type') ?? '';
    if (call !== undefined && ENDS.has(kind)) this.#tellers.stopped(call);
    this.#take(call, kind, of, msg);
    this.#watch?.(call, kind);
  }

  #take(call: number | undefined, kind: string, of: string, msg: Fields): void {
    switch (kind) {
      case 'session_configured':
        return this.#isConfigured(msg);
      case 'mcp_startup_update':
        return this.#serverStarts(msg);
      case 'mcp_startup_complete':
        return;
      case 'task_started':
      case 'turn_started':
        return this.#hasBegun(textIn(msg, 'turn_id') ?? of);
      case 'task_complete':
      case 'turn_complete':
        return this.#hasEnded(textIn(msg, 'turn_id') ?? of);
      case 'turn_aborted':
        return this.#wasAborted(textIn(msg, 'turn_id') ?? of, textIn(msg, 'reason'));
      case 'error':
        return this.#hasFailed(call, of, msg);
      default:
        return this.#happens(kind, of, msg);
    }
  }

  /** Its name of the conversation is of use to whoever goes on with it in a terminal. */
  #isConfigured(msg: Fields): void {
    this.#codex ??= textIn(msg, 'thread_id') ?? textIn(msg, 'session_id');
    this.#configured = { thread_id: this.#codex, model: msg['model'], rollout_path: msg['rollout_path'] };
  }

  #happens(kind: string, of: string, msg: Fields): void {
    const run = this.#run;
    const hopeless = unanswerable(kind, msg);
    if (hopeless !== undefined && run?.native !== undefined) return void this.#giveUp(run, hopeless);
    if (this.#cleared && run !== undefined && inputIn(kind, msg) === run.prompt) this.#bind(run, of);
    const past = this.#past.find(({ native }) => native === of);
    if (past !== undefined) return this.#endsLate(past, kind, msg);
    if (run?.native !== of) {
      if (kind === 'warning' && of === '') this.tell({ type: 'warning', message: textIn(msg, 'message') ?? '' });
      return;
    }
    const call = textIn(msg, 'call_id');
    if (kind === 'exec_approval_request' || kind === 'apply_patch_approval_request') run.announced.set(call ?? '', msg);
    run.tale.quiet = this.#tellers.count > 1;
    this.tell(...run.tale.take(kind, msg));
  }

  /** Of what is told behind the end of a turn, only the end of something that it left open is worth telling. */
  #endsLate(past: RunningTurn, kind: string, msg: Fields): void {
    const id = textIn(msg, 'call_id') ?? textIn(fieldsOf(msg['item']), 'id') ?? '';
    past.tale.quiet = true;
    if (past.tale.isOpen(id)) this.tell(...past.tale.take(kind, msg));
    this.#past = this.#past.filter(({ tale }) => tale.hasOpen);
  }

  #hasBegun(native: string): void {
    const run = this.#run;
    if (run?.call !== undefined && !this.#cleared) this.#bind(run, native);
  }

  /** The turn is Codex's `native`. */
  #bind(run: RunningTurn, native: string): void {
    if (run.native !== undefined || run.call === undefined) return;
    this.#cleared = false;
    run.native = native;
    const ref = refOf(native, this.#codex);
    this.tell({ type: 'turn.started', turn: run.turn, ref });
    if (this.#configured !== undefined) {
      this.tell({ type: 'raw', turn: run.turn, method: 'codex/event/session_configured', params: this.#configured });
      this.#configured = undefined;
    }
    run.begin(ref);
    if (run.interrupted) void this.#stop(run);
  }

  #hasEnded(native: string): void {
    const run = this.#run;
    this.#tellers.cured();
    if (run?.native !== native) return;
    const { turn, failed, tale } = run;
    const end: Fact =
      failed === undefined ? { type: 'turn.completed', turn, usage: tale.usage } : { type: 'turn.failed', turn, error: failed };
    void this.#finish(run, end);
  }

  #wasAborted(native: string, reason: string | undefined): void {
    const run = this.#run;
    if (run?.native !== native) return;
    const { turn, hopeless } = run;
    const why = reason === undefined || reason === 'interrupted' ? {} : { reason };
    void this.#finish(
      run,
      hopeless === undefined ? { type: 'turn.interrupted', turn, ...why } : { type: 'turn.failed', turn, error: hopeless },
    );
  }

  #hasFailed(call: number | undefined, of: string, msg: Fields): void {
    if (call !== undefined) this.#tellers.failed(call);
    const run = this.#run;
    if (run?.native !== of) return;
    run.failed = errorIn(msg);
    // Another call still listens, and will tell of the end: until then a message would be put into this turn.
    if (this.#tellers.count === 0) void this.#finish(run, { type: 'turn.failed', turn: run.turn, error: run.failed });
  }

  /** What a call gave back. Mostly all is told by then; an error is one also where no event has said so. */
  #answered(call: number, { text, isError }: CallResult): void {
    this.#tellers.stopped(call);
    this.#watch?.(call, 'answered');
    const run = this.#run;
    if (run?.call !== call || run.over || run.failed !== undefined) return;
    if (run.native === undefined && isError) return run.refuse(new SpoolError('runtime-failed', text, { hint: HINT }));
    if (isError) return void this.#finish(run, { type: 'turn.failed', turn: run.turn, error: errorOf(text) });
    if (this.#tellers.count > 0) return;
    this.#tellers.loses(call);
    void this.#finish(run, { type: 'turn.failed', turn: run.turn, error: LOST });
  }

  async #call(prompt: string): Promise<number> {
    const reply = this.#codex === undefined ? undefined : { threadId: this.#codex, prompt };
    const { id, result } =
      reply === undefined ? await this.#server.call('codex', { ...this.#first, prompt }) : await this.#server.call('codex-reply', reply);
    if (reply === undefined) this.#firstCall = id;
    this.#tellers.began(id);
    void result.then((said) => (said === undefined ? undefined : this.#answered(id, said)));
    return id;
  }

  /**
   * After an error the next call would meet the end of the failed turn, and stop. So that it is not that of a message of the session, one is sent
   * before that is stopped at once. Codex remembers it, and that it was stopped.
   */
  #clear(): Promise<void> {
    // One that was begun for a turn that was given up goes on for the next.
    this.#clearing ??= this.#clearWay().finally(() => {
      this.#clearing = undefined;
    });
    return this.#clearing;
  }

  async #clearWay(): Promise<void> {
    const known = this.#tellers.cure;
    if (known === undefined) return;
    const id = await this.#call(CLEARING);
    await this.#until((call, kind) => !this.#tellers.has(id) || BEGINS.has(kind) || (this.#tellers.lost && call === id));
    if (this.#tellers.has(id)) {
      // It listens to a turn that it has begun, or was put into.
      await this.#server.cancel(id);
      await this.#until((_, kind) => !this.#tellers.has(id) || kind === 'turn_aborted');
    } else {
      await this.#server.cancel(known);
    }
    this.#tellers.cured();
    this.#cleared = true;
  }

  #until(fits: (call: number | undefined, kind: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#watch = (call, kind) => {
        if (!fits(call, kind)) return;
        this.#watch = undefined;
        resolve();
      };
    });
  }

  async #stop(run: RunningTurn): Promise<void> {
    if (run.call !== undefined) await this.#server.cancel(run.call);
  }

  async #giveUp(run: RunningTurn, error: TurnError): Promise<void> {
    run.hopeless ??= error;
    await this.#stop(run);
  }

  #serverStarts(msg: Fields): void {
    const status = fieldsOf(msg['status']);
    if (textIn(status, 'state') !== 'failed') return;
    const why = textIn(status, 'error');
    const message = `the MCP server ${textIn(msg, 'server') ?? ''} did not start${why === undefined ? '' : `: ${why}`}`;
    this.tell({ type: 'warning', message });
  }

  async #finish(run: RunningTurn, end: Fact): Promise<void> {
    if (run.over) return;
    run.over = true;
    for (const [ref, { reply }] of run.asks) {
      // Late, and without effect; but the process waits for it.
      reply(replyOf({ decision: 'decline' }));
      this.tell({ type: 'ask.closed', ref });
    }
    run.asks.clear();
    // Another call may still hold what it has to hand on.
    if (this.#tellers.count > 0) await this.#server.settled();
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#used = run.tale.total;
    this.tell(...run.tale.closing(), end);
    if (run.tale.hasOpen) this.#past = [...this.#past, run];
    this.#audience.turnEnded(run.turn, end);
    this.#queue.free();
  }

  /** Says it to whoever listens. */
  tell(...facts: readonly Fact[]): void {
    for (const fact of facts) this.#audience.tell(fact);
  }
}

const ENDS: ReadonlySet<string> = new Set(['task_complete', 'turn_complete', 'error']);
const BEGINS: ReadonlySet<string> = new Set(['task_started', 'turn_started']);
const HINT = 'see whether the settings of the home and of the agent are valid';
const CHANGED =
  'what this conversation is given has changed, and codex mcp-server takes it with the first message only: it counts from the next conversation on';
const LOST: TurnError = { code: 'internal', message: 'codex mcp-server told nothing more of the turn', retryable: true };

/** Codex names the first turn after the call, which is not one of a kind; the others have names that are. */
function refOf(native: string, codex: string | undefined): TurnRef {
  return /^\d+$/.test(native) ? `${codex ?? ''}/${native}` : native;
}
