/**
 * A scripted Codex in this process: a transport for tests of whatever speaks the app-server's protocol.
 */

import { CodexPlayer } from './player.js';
import type { CodexFrame, CodexStep } from './steps.js';

/** How the scripted side ended. */
export interface ScriptedEnd {
  readonly how: 'closed' | 'ended' | 'exited';
  readonly message: string;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
}

/** Has the shape of the wire's transport, and shows what came. Texts arrive a microtask later, never inside `send`. */
export interface ScriptedTransport {
  send(text: string): void;
  receive(listener: (text: string) => void): void;
  close(): Promise<void>;
  readonly closed: Promise<ScriptedEnd>;
  /** What the client sent, in order. */
  readonly received: readonly CodexFrame[];
  readonly stderr: readonly string[];
  /** True when every step was played. */
  readonly finished: boolean;
  /** The step it waits at, for an assertion's message. */
  readonly waitsAt: string;
}

/** Plays `steps` to whoever uses the transport. */
export function scriptedTransport(steps: readonly CodexStep[]): ScriptedTransport {
  const stderr: string[] = [];
  const early: string[] = [];
  let resolveClosed: (end: ScriptedEnd) => void = () => undefined;
  const closed = new Promise<ScriptedEnd>((resolve) => {
    resolveClosed = resolve;
  });
  let listener: ((text: string) => void) | undefined;
  let over = false;
  // Everything goes through one chain of microtasks: in order, and the end behind the last text.
  let chain = Promise.resolve();
  const later = (job: () => void): void => {
    chain = chain.then(job);
  };
  const deliver = (text: string): void => {
    if (listener === undefined) early.push(text);
    else listener(text);
  };
  const end = (how: ScriptedEnd): void => {
    over = true;
    later(() => resolveClosed(how));
  };
  const player = new CodexPlayer(steps, {
    send: (text) => later(() => deliver(text)),
    stderr: (text) => void stderr.push(text),
    stubborn: () => undefined,
    close: () => end({ how: 'ended', message: 'the scripted Codex closed its output' }),
    exit: (exitCode, signal) =>
      end({
        how: 'exited',
        message: `the scripted Codex ended ${signal === undefined ? `with code ${exitCode ?? 0}` : `by ${signal}`}`,
        exitCode: signal === undefined ? (exitCode ?? 0) : null,
        signal: signal ?? null,
      }),
  });
  later(() => player.start());
  return {
    send: (text) => {
      if (!over) later(() => player.receive(text));
    },
    receive(to) {
      listener = to;
      for (const text of early.splice(0)) to(text);
    },
    async close() {
      if (!over) end({ how: 'closed', message: 'closed by us' });
      await closed;
    },
    closed,
    received: player.received,
    stderr,
    get finished() {
      return player.finished;
    },
    get waitsAt() {
      return player.waitsAt;
    },
  };
}
