/**
 * The steps of a scripted Codex: what it waits for and what it says, as plain JSON, so that a script can lie in a file.
 * It is for what the real app-server will not do on demand: die in a turn, send half a line, answer late or wrongly.
 */

/** One frame of the wire, as JSON. */
export type CodexFrame = Readonly<Record<string, unknown>>;

/**
 * - `expect` waits for a request or notification of that method whose params hold at least `params`; frames that came early are
 *   kept for later steps, so only the order among the expected ones matters.
 * - `reply` answers the oldest unanswered request of that method (or the one after `nth` others); its id is filled in.
 * - `always` answers every request of that method from here on, also those that come later and that no `expect` waits for.
 * - `emit` says a notification or asks a question. `wait` waits for any frame that holds at least `frame`: an answer, for instance.
 * - `raw` writes text as it is, without a newline. `stderr` writes to the error output.
 * - `stubborn` makes the child ignore the end of its input and SIGTERM, so that only SIGKILL helps.
 * - `exit` ends the process with a code, or by a signal. `close` closes its output and goes on living.
 *
 * In results and emitted frames a string `{{thread/start.params.cwd}}` stands for that value of the newest frame of that method.
 */
export type CodexStep =
  | { readonly do: 'expect'; readonly method: string; readonly params?: unknown }
  | { readonly do: 'reply'; readonly to: string; readonly nth?: number; readonly result?: unknown; readonly error?: unknown }
  | { readonly do: 'always'; readonly to: string; readonly result: unknown }
  | { readonly do: 'emit'; readonly frame: CodexFrame }
  | { readonly do: 'wait'; readonly frame: CodexFrame }
  | { readonly do: 'raw'; readonly text: string }
  | { readonly do: 'stderr'; readonly text: string }
  | { readonly do: 'stubborn' }
  | { readonly do: 'exit'; readonly code?: number; readonly signal?: string }
  | { readonly do: 'close' };

/** Waits for a request or a notification of the client. */
export function expectCall(method: string, params?: unknown): CodexStep {
  return { do: 'expect', method, ...(params === undefined ? {} : { params }) };
}

/** Answers a request. */
export function reply(to: string, result: unknown): CodexStep {
  return { do: 'reply', to, result };
}

/** Answers a request with an error. */
export function replyError(to: string, code: number, message: string): CodexStep {
  return { do: 'reply', to, error: { code, message } };
}

/** Waits for a request and answers it. */
export function answer(method: string, result: unknown): CodexStep[] {
  return [expectCall(method), reply(method, result)];
}

/** Answers every request of that method from here on. */
export function always(to: string, result: unknown): CodexStep {
  return { do: 'always', to, result };
}

/** Sends a frame: a notification, or with an id a question. */
export function emit(frame: CodexFrame): CodexStep {
  return { do: 'emit', frame };
}

/** Waits for a frame that holds at least this. */
export function waitFor(frame: CodexFrame): CodexStep {
  return { do: 'wait', frame };
}

/** Writes text as it is; add the newline yourself. */
export function raw(text: string): CodexStep {
  return { do: 'raw', text };
}

/** Ends the process with a code, or by a signal such as `SIGKILL`. */
export function exit(how: number | string): CodexStep {
  return typeof how === 'number' ? { do: 'exit', code: how } : { do: 'exit', signal: how };
}

/** Closes the output. */
export function close(): CodexStep {
  return { do: 'close' };
}

/** The two steps of a handshake. */
export function handshake(): CodexStep[] {
  const result = { userAgent: 'scripted/0.169.0', codexHome: '/codex-home', platformFamily: 'unix', platformOs: 'linux' };
  return [...answer('initialize', result), expectCall('initialized')];
}
