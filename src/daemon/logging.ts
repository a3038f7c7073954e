/** The host's own diagnostics: pino, as JSON lines on stderr, with secrets taken out of every text that is written. */

import { pino } from 'pino';
import { redact } from '../base/redact.js';
import type { Logger } from '../ports/logger.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** `write` gets one JSON line at a time. An unknown level counts as `warn`. */
export function createLogger(level: string, write: (line: string) => void): Logger {
  const known = LOG_LEVELS.find((one) => one === level) ?? 'warn';
  // The whole line goes through the scrubber: a key may stand in any field, at any depth, or inside a message.
  return pino(
    { level: known, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    { write: (line) => write(redact(line)) },
  );
}
