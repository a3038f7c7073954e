/** How long a server may take, in seconds as Codex wants it. */

import type { TomlValue } from '../config-file/managed-config.js';
import type { ServerFields } from './fields.js';
import type { Format } from './format-names.js';

/** Programs that write milliseconds. */
const MILLISECONDS: ReadonlySet<Format> = new Set<Format>(['claude', 'opencode']);
/** As seconds a quarter of an hour and more, as milliseconds one second: where it is crossed, the other unit is likely meant. */
const BOUND = 1_000;

type Amount = ReturnType<ServerFields['amount']>;

export function durations(left: ServerFields, format: Format, warnings: string[]): Record<string, TomlValue> {
  // The second version of OpenCode has one for each step.
  const steps = left.nested('timeout');
  const call = left.amount('tool_timeout_sec') ?? inSeconds(left.amount('timeout_ms', 'tool_timeout_ms'));
  const start = left.amount('startup_timeout_sec') ?? inSeconds(left.amount('connect_timeout_ms', 'startup_timeout_ms'));
  const read = (amount: Amount): Amount => (MILLISECONDS.has(format) ? fromMs(amount, warnings) : asSeconds(amount, warnings));
  const tool = call ?? read(steps?.amount('execution') ?? left.amount('timeout', 'tool_timeout'));
  const startup = start ?? read(steps?.amount('startup') ?? left.amount('connect_timeout', 'startup_timeout', 'connection_timeout'));
  for (const key of steps?.rest() ?? []) left.giveBack(`timeout.${key}`);
  return {
    ...(tool === undefined ? {} : { tool_timeout_sec: tool.value }),
    ...(startup === undefined ? {} : { startup_timeout_sec: startup.value }),
  };
}

function inSeconds(amount: Amount): Amount {
  return amount === undefined ? undefined : { ...amount, value: amount.value / 1_000 };
}

function fromMs(amount: Amount, warnings: string[]): Amount {
  if (amount === undefined || amount.value >= BOUND) return inSeconds(amount);
  warnings.push(`${amount.spelling} is ${amount.value}, which was taken as seconds: as milliseconds it would be too short for anything`);
  return amount;
}

function asSeconds(amount: Amount, warnings: string[]): Amount {
  if (amount !== undefined && amount.value >= BOUND) {
    warnings.push(`${amount.spelling} is ${amount.value} seconds; if milliseconds are meant, divide it by 1000`);
  }
  return amount;
}
