/**
 * Plays the steps of a scripted Codex, whatever carries the frames.
 * Its source text is written into the stand-in for the codex binary (install.ts), so it must not use any name from outside the class.
 */

import type { CodexFrame, CodexStep } from './steps.js';

/** What the player can do to the world. */
export interface PlayerOutput {
  send(text: string, newline: boolean): void;
  stderr(text: string): void;
  stubborn(): void;
  exit(code: number | undefined, signal: string | undefined): void;
  close(): void;
}

/** One play of one script. Nothing happens before `start`; then it runs as far as the frames that came allow. */
export class CodexPlayer {
  /** Every frame that came, in order. */
  readonly received: CodexFrame[] = [];
  readonly #steps: readonly CodexStep[];
  readonly #output: PlayerOutput;
  readonly #always = new Map<string, unknown>();
  #inbox: CodexFrame[] = [];
  #open: CodexFrame[] = [];
  #at = 0;
  #over = false;

  constructor(steps: readonly CodexStep[], output: PlayerOutput) {
    this.#steps = steps;
    this.#output = output;
  }

  /** True when every step was played, or the process ended by one. */
  get finished(): boolean {
    return this.#over || this.#at >= this.#steps.length;
  }

  /** The step it waits at, for a message. */
  get waitsAt(): string {
    return this.finished ? 'the end' : `step ${this.#at + 1}: ${JSON.stringify(this.#steps[this.#at])}`;
  }

  start(): void {
    while (!this.finished) {
      const step = this.#steps[this.#at];
      if (step === undefined || !this.#play(step)) return;
      this.#at += 1;
    }
  }

  /** Takes one text of the client; what is no JSON object is passed over, as the real one does. */
  receive(text: string): void {
    const frame = this.#parse(text);
    if (frame === undefined || this.#over) return;
    this.received.push(frame);
    this.#inbox.push(frame);
    if (frame['method'] !== undefined && frame['id'] !== undefined) this.#open.push(frame);
    this.start();
    this.#answerAlways();
  }

  /** False when the step has to wait. */
  #play(step: CodexStep): boolean {
    switch (step.do) {
      case 'expect':
        return this.#take((frame) => frame['method'] === step.method && this.#holds(frame['params'], step.params));
      case 'wait':
        return this.#take((frame) => this.#holds(frame, step.frame));
      case 'reply':
        this.#reply(step);
        return true;
      case 'always':
        this.#always.set(step.to, step.result);
        this.#answerAlways();
        return true;
      case 'emit':
        this.#send(step.frame);
        return true;
      case 'raw':
        this.#output.send(step.text, false);
        return true;
      case 'stderr':
        this.#output.stderr(step.text);
        return true;
      case 'stubborn':
        this.#output.stubborn();
        return true;
      case 'close':
        this.#output.close();
        return true;
      case 'exit':
        this.#over = true;
        this.#output.exit(step.code, step.signal);
        return true;
    }
  }

  #take(matches: (frame: CodexFrame) => boolean): boolean {
    const at = this.#inbox.findIndex(matches);
    if (at < 0) return false;
    this.#inbox.splice(at, 1);
    return true;
  }

  #reply(step: Extract<CodexStep, { do: 'reply' }>): void {
    const request = this.#open.filter((frame) => frame['method'] === step.to)[step.nth ?? 0];
    if (request === undefined) {
      this.#output.stderr(`scripted codex: no request ${step.to} to answer\n`);
      return;
    }
    this.#open = this.#open.filter((frame) => frame !== request);
    this.#send({ id: request['id'], ...(step.error === undefined ? { result: step.result ?? {} } : { error: step.error }) });
  }

  #answerAlways(): void {
    for (const frame of this.#open) {
      const method = String(frame['method']);
      if (!this.#always.has(method)) continue;
      this.#open = this.#open.filter((other) => other !== frame);
      this.#inbox = this.#inbox.filter((other) => other !== frame);
      this.#send({ id: frame['id'], result: this.#always.get(method) });
    }
  }

  #send(frame: CodexFrame): void {
    this.#output.send(JSON.stringify(this.#fill(frame)), true);
  }

  /** Puts in what placeholders stand for. */
  #fill(value: unknown): unknown {
    if (typeof value === 'string') {
      const [, method, path = ''] = /^\{\{([\w/]+)((?:\.\w+)+)\}\}$/.exec(value) ?? [];
      if (method === undefined) return value;
      let here: unknown = this.received.findLast((frame) => frame['method'] === method);
      for (const key of path.split('.').slice(1)) here = Object.entries(here ?? {}).find(([name]) => name === key)?.[1];
      return here ?? null;
    }
    if (Array.isArray(value)) return value.map((one) => this.#fill(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#fill(one)]));
  }

  /** Whether `value` has at least what `part` has. */
  #holds(value: unknown, part: unknown): boolean {
    if (part === undefined) return true;
    if (typeof part !== 'object' || part === null) return value === part;
    if (typeof value !== 'object' || value === null || Array.isArray(value) !== Array.isArray(part)) return false;
    const fields = new Map<string, unknown>(Object.entries(value));
    return Object.entries(part).every(([key, one]) => fields.has(key) && this.#holds(fields.get(key), one));
  }

  #parse(text: string): CodexFrame | undefined {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
    } catch {
      return undefined;
    }
  }
}
