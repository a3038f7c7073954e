/** The flags of commands that have a host run in the background: those of `spool serve` that make sense there. */

import { SpoolError } from '../base/errors.js';
import { wholeNumber } from './whole-number.js';

export const LISTEN_FLAGS = {
  port: { type: 'string', valueHint: 'port', description: '0 picks a free one (default: 4319)' },
  bind: { type: 'string', valueHint: 'address', description: 'where to listen (default: 127.0.0.1)' },
  'allow-host': { type: 'string', valueHint: 'name,…', description: 'names beside localhost that others reach it by: NAME or NAME:PORT' },
  'allow-origin': { type: 'string', valueHint: 'origin,…', description: 'origins of pages that may use it, as https://console.example' },
} as const;

export interface ListenArgs {
  readonly port: string | undefined;
  readonly bind: string | undefined;
  readonly 'allow-host': readonly string[];
  readonly 'allow-origin': readonly string[];
}

/** The flags as `spool serve` takes them; undefined when none was given. Throws `invalid-input` for a port that is none. */
export function listenFlags(args: ListenArgs): string[] | undefined {
  const port = wholeNumber('--port', args.port);
  if (port !== undefined && port > 65_535)
    throw new SpoolError('invalid-input', `--port wants a port, and there is none of the number ${port}`);
  const flags = [
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(args.bind === undefined ? [] : ['--bind', args.bind]),
    ...args['allow-host'].flatMap((name) => ['--allow-host', name]),
    ...args['allow-origin'].flatMap((origin) => ['--allow-origin', origin]),
  ];
  return flags.length === 0 ? undefined : flags;
}
