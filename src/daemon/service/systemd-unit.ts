/** A service as a systemd user unit: rendered, and read back for checks. Pure. */

import { SpoolError } from '../../base/errors.js';
import type { ServicePlan } from './plan.js';

/** What a unit says that can be checked. */
export interface UnitContent {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The first line of every unit that is ours. */
export const SYSTEMD_MARKER = '# Written by "spool daemon install", and taken away by "spool daemon uninstall".';

/** Throws `invalid-input` for a program that systemd would refuse to start. */
export function renderSystemdUnit({ command, env }: ServicePlan): string {
  const [program = '', ...args] = command;
  if (/["'\\]/.test(program)) {
    throw new SpoolError('invalid-input', `systemd starts no program whose path has a quote or a backslash in it: ${program}`, {
      hint: 'use a Node that is installed elsewhere',
    });
  }
  const variables = Object.entries(env).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return `${SYSTEMD_MARKER}
# What you want otherwise goes into a drop-in (systemctl --user edit), which is left alone when this is written anew.

[Unit]
Description=Spool, a host for coding agents

[Service]
Type=exec
ExecStart=${[quoted(program), ...args.map((arg) => quoted(arg).replaceAll('$', '$$$$'))].join(' ')}
WorkingDirectory=%h
${variables.join('\n')}
Restart=on-failure
RestartSec=5
# Wrong flags, or a home or port that somebody else has: trying again does not help.
RestartPreventExitStatus=2 5
# Only the host itself is ended: Codex goes on with its turns, and the next start finds them.
KillMode=process
TimeoutStopSec=60

[Install]
WantedBy=default.target
`;
}

/** The content of a unit as `renderSystemdUnit` writes them; undefined when it has no command. */
export function readSystemdUnit(text: string): UnitContent | undefined {
  const values = (key: string): string[][] =>
    text.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [words(line.slice(key.length + 1))] : []));
  const [program, ...args] = values('ExecStart').at(-1) ?? [];
  if (program === undefined) return undefined;
  const pairs = values('Environment')
    .flat()
    .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const);
  return { command: [program, ...args.map((arg) => arg.replaceAll('$$', '$'))], env: Object.fromEntries(pairs) };
}

/** In quotes, with what is special inside of them taken its meaning: `\\`, `"` and the `%` of specifiers. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}

function words(line: string): string[] {
  const found = line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return found.map((word) => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word).replaceAll('%%', '%'));
}
