/** What a fake Codex does in one turn: the directives of the messages that it was given, one step after the other. */

import { readDirectives, type Step } from '../offline-model/directives.js';
import type { Fields, TurnEnd } from './history.js';
import { agentMessage, commandItem, type Given, userMessage, uuid7 } from './items.js';
import type { Stage } from './stage.js';

export interface PlayEnd {
  readonly status: TurnEnd;
  readonly error: Fields | null;
}

const OVER: PlayEnd = { status: 'interrupted', error: null };

export class TurnPlay {
  readonly #thread: Stage;
  readonly #turn: string;
  readonly #first: Given;
  readonly #waiting: Given[] = [];
  readonly #stopped: Promise<void>;
  #stop: () => void = () => undefined;
  #interrupted = false;

  constructor(thread: Stage, turn: string, first: Given) {
    this.#thread = thread;
    this.#turn = turn;
    this.#first = first;
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  /** Takes a message into the turn; it is looked at when the step that runs has ended. */
  take(given: Given): void {
    this.#waiting.push(given);
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#stop();
  }

  async run(): Promise<PlayEnd> {
    try {
      for (let given: Given | undefined = this.#first; given !== undefined; given = this.#nextMessage()) {
        const end = await this.#answer(given);
        if (end !== undefined) return end;
      }
      return { status: 'completed', error: null };
    } finally {
      this.#stop();
    }
  }

  #nextMessage(): Given | undefined {
    const given = this.#waiting.shift();
    if (given === undefined) return undefined;
    const message = userMessage(given);
    this.#thread.tell('item/started', { turnId: this.#turn, item: { ...message, completedAtMs: null }, startedAtMs: Date.now() });
    this.#thread.done(this.#turn, message);
    return given;
  }

  /** Plays a message's steps; says the message back when it has none. */
  async #answer({ text }: Given): Promise<PlayEnd | undefined> {
    const { plan } = this.#thread.around;
    const steps = readDirectives(text);
    if (plan.hits('retry', text)) await this.#brokenStream(text);
    if (plan.hits('unknown', text)) this.#strange(text);
    for (const [index, step] of (steps.length === 0 ? [said(text)] : steps).entries()) {
      const end = this.#interrupted ? OVER : await this.#step(step, `${text} ${index}`);
      if (end !== undefined) return end;
    }
    if (this.#interrupted) return OVER;
    return plan.hits('fail', text) ? this.#failed('the model fell over') : undefined;
  }

  async #step(step: Step, name: string): Promise<PlayEnd | undefined> {
    switch (step.type) {
      case 'text':
        return await this.#say([step.content], 0, name);
      case 'deltas':
        return await this.#say(
          Array.from({ length: step.count }, (_, index) => `${index + 1} `),
          step.everyMs,
          name,
        );
      case 'shell':
        return await this.#shell(step.command, name);
      case 'failed':
        return this.#failed(step.code);
      default:
        return await this.#say([`A fake Codex has no ${step.type}.`], 0, name);
    }
  }

  /** The whole text is said in the pieces that are given. */
  async #say(pieces: readonly string[], everyMs: number, name: string): Promise<PlayEnd | undefined> {
    const { pause, plan, mayDie } = this.#thread.around;
    const began = Date.now();
    const id = `msg_${uuid7()}`;
    this.#thread.tell('item/started', { turnId: this.#turn, item: agentMessage(id, '', began, null), startedAtMs: began });
    for (const [index, piece] of pieces.entries()) {
      const ms = everyMs > 0 ? everyMs : plan.number(plan.paceMs, 'pace', name, index);
      if (ms > 0) await Promise.race([pause(ms), this.#stopped]);
      if (this.#interrupted) return OVER;
      mayDie('a piece is said', name, index);
      this.#thread.tell('item/agentMessage/delta', { turnId: this.#turn, itemId: id, delta: piece });
    }
    this.#thread.done(this.#turn, agentMessage(id, pieces.join(''), began, Date.now()));
    return undefined;
  }

  async #shell(command: string, name: string): Promise<PlayEnd | undefined> {
    const { history, around } = this.#thread;
    const began = Date.now();
    const id = `call_${uuid7()}`;
    const cwd = String(history.options['cwd'] ?? '/');
    const item = commandItem(id, command, cwd, began);
    this.#thread.tell('item/started', { turnId: this.#turn, item, startedAtMs: began });
    if (history.options['approvalPolicy'] === 'untrusted') {
      around.mayDie('before a question', name);
      const params = {
        kind: 'command',
        threadId: this.#thread.id,
        turnId: this.#turn,
        itemId: id,
        startedAtMs: began,
        environmentId: 'local',
        command: item['command'],
        cwd,
        commandActions: item['commandActions'],
        availableDecisions: ['accept', 'cancel'],
      };
      const decision = await around.questions.ask(this.#thread, 'item/commandExecution/requestApproval', params, this.#stopped);
      around.mayDie('behind an answer', name);
      if (decision === 'closed') return OVER;
      if (decision !== 'accept' && decision !== 'acceptForSession') {
        const status = decision === 'decline' || decision === 'cancel' ? 'declined' : 'failed';
        this.#thread.done(this.#turn, commandItem(id, command, cwd, began, { status, output: null }));
        return decision === 'cancel' ? OVER : undefined;
      }
    }
    const output = `${command}\n`;
    this.#thread.tell('item/commandExecution/outputDelta', { turnId: this.#turn, itemId: id, delta: output });
    this.#thread.done(this.#turn, commandItem(id, command, cwd, began, { status: 'completed', output }));
    return undefined;
  }

  /** A message that had begun is dropped, and the model is asked anew. */
  async #brokenStream(text: string): Promise<void> {
    const began = Date.now();
    const id = `msg_${uuid7()}`;
    this.#thread.tell('item/started', { turnId: this.#turn, item: agentMessage(id, '', began, null), startedAtMs: began });
    this.#thread.tell('item/agentMessage/delta', { turnId: this.#turn, itemId: id, delta: 'a message that breaks o' });
    await this.#thread.around.pause(this.#thread.around.plan.number(3, 'retry', text));
    const error = {
      message: 'Reconnecting... 1/2',
      codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: 429 } },
      additionalDetails: null,
    };
    this.#thread.tell('error', { error, willRetry: true, turnId: this.#turn });
  }

  /** Words of a newer version, and of threads that nobody here has. */
  #strange(text: string): void {
    const { everybody, questions, plan } = this.#thread.around;
    const elsewhere = uuid7();
    everybody('thread/status/changed', { threadId: elsewhere, status: { type: 'active', activeFlags: [] } });
    everybody('item/agentMessage/delta', { threadId: elsewhere, turnId: uuid7(), itemId: 'msg_elsewhere', delta: 'not for you' });
    this.#thread.tell('item/agentMessage/delta', { turnId: uuid7(), itemId: 'msg_elsewhere', delta: 'not for you either' });
    this.#thread.tell('turn/brandNew', { turnId: this.#turn, note: plan.number(99, text) });
    everybody('server/brandNew', { note: 1 });
    void questions.ask(this.#thread, 'item/brandNew/request', { threadId: this.#thread.id, turnId: this.#turn }, this.#stopped);
  }

  #failed(code: string): PlayEnd {
    const error = { message: `the model failed: ${code}`, codexErrorInfo: 'other', additionalDetails: null };
    this.#thread.tell('error', { error, willRetry: false, turnId: this.#turn });
    return { status: 'failed', error };
  }
}

function said(text: string): Step {
  return { type: 'text', content: text };
}
