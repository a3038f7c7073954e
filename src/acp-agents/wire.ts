/**
 * The pipes of an agent as a stream of messages for the protocol's own library, one line each. What the library would not hand on, or
 * not in order, is taken out before: updates of conversations, which it gives to handlers that may overtake the answers behind them, and
 * lines that are no messages, which it would complain about to the agent.
 */

import type { AnyMessage, JsonRpcId, Stream } from '@agentclientprotocol/sdk';
import { SpoolError } from '../base/errors.js';
import { LineCutter } from '../base/lines.js';
import type { PipedProcess } from '../base/process.js';

/** The longest message. One with a picture in it has megabytes. */
const MOST_BYTES = 32 * 1024 * 1024;

export interface Ears {
  /** A notification that the library would not hand on in its place; in the order of the wire. */
  notified(method: string, params: unknown): void;
  /** A line that is no message, or answers nothing. */
  noise(line: string): void;
}

export interface Wire {
  readonly stream: Stream;
  /** Resolves when nothing more comes: with the reason when that is a line that cannot be one. */
  readonly ended: Promise<SpoolError | undefined>;
}

export function wireOf({ stdin, stdout }: Pick<PipedProcess, 'stdin' | 'stdout'>, ears: Ears): Wire {
  const asked = new Set<JsonRpcId>();
  let open = true;
  let ended: Promise<SpoolError | undefined> = Promise.resolve(undefined);
  const readable = new ReadableStream<AnyMessage>({
    start(controller) {
      // Its end is not handed on: the library would fail what was asked at once, before it is known how the process has ended.
      ended = read(stdout, (line) => {
        const message = messageIn(line, asked, ears);
        if (message !== undefined && open) controller.enqueue(message);
      });
    },
    cancel() {
      open = false;
    },
  });
  const writable = new WritableStream<AnyMessage>({
    write(message) {
      if ('method' in message && 'id' in message) asked.add(message.id);
      stdin.write(`${JSON.stringify(message)}\n`);
    },
  });
  return { stream: { readable, writable }, ended };
}

async function read(stdout: PipedProcess['stdout'], onLine: (line: string) => void): Promise<SpoolError | undefined> {
  const cutter = new LineCutter({ maxBytes: MOST_BYTES, onLine });
  try {
    for await (const chunk of stdout) cutter.push(chunk as Buffer);
    cutter.end();
    return undefined;
  } catch (error) {
    return SpoolError.from(error);
  }
}

/** The message for the library, if the line is one. */
function messageIn(line: string, asked: Set<JsonRpcId>, ears: Ears): AnyMessage | undefined {
  if (line.trim() === '') return undefined;
  const message = parsed(line);
  if (message === undefined || message['jsonrpc'] !== '2.0') {
    ears.noise(line);
    return undefined;
  }
  const { method, id } = message;
  if (typeof method !== 'string') {
    // The library writes of an answer that it does not wait for to the host's own stderr.
    if (asked.delete(id as JsonRpcId)) return message as unknown as AnyMessage;
    ears.noise(line);
    return undefined;
  }
  // What begins with `$/` is about the messages themselves.
  if ('id' in message || method.startsWith('$/')) return message as unknown as AnyMessage;
  ears.notified(method, message['params']);
  return undefined;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // No JSON: noise, as its caller says.
    return undefined;
  }
}
