/**
 * Commands as the model asked for them and was answered. Codex now and then tells of a short command only behind the end of its turn, and not at
 * all of one that the sandbox denies in its first moment; what the model was told comes in time.
 */

import type { Item } from '../../contract/item.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';

interface Heard {
  readonly command: string;
  readonly cwd: string | undefined;
  output?: string;
}

export class HeardCommands {
  readonly #calls = new Map<string, Heard>();

  /** One item of the talk with the model. */
  take(item: Fields | undefined): void {
    const id = textIn(item, 'call_id');
    if (id === undefined) return;
    if (item?.['type'] === 'function_call_output') {
      const call = this.#calls.get(id);
      const output = textIn(item, 'output');
      if (call !== undefined && output !== undefined) call.output = output;
    } else if (item?.['type'] === 'function_call') {
      const args = argumentsIn(textIn(item, 'arguments') ?? '');
      const command = commandIn(args);
      if (command !== undefined) this.#calls.set(id, { command, cwd: textIn(args, 'workdir') });
    }
  }

  /** Those of which the model was told how they ended. */
  get ended(): readonly Extract<Item, { kind: 'command' }>[] {
    return [...this.#calls].flatMap(([id, { command, cwd, output = '' }]) => {
      const exitCode = /^Process exited with code (-?\d+)$/m.exec(output)?.[1];
      if (exitCode === undefined) return [];
      return [
        {
          ...{ id, kind: 'command' as const, command, status: exitCode === '0' ? ('completed' as const) : ('failed' as const) },
          ...(cwd === undefined ? {} : { cwd }),
          ...{ exitCode: Number(exitCode), output: /^Output:\n([\s\S]*)$/m.exec(output)?.[1] ?? output },
        },
      ];
    });
  }
}

function argumentsIn(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    // Some tools are given plain text.
    return undefined;
  }
}

/** Shell tools name the command `cmd` or `command`, as a line or as a list of words. */
function commandIn(args: Fields | undefined): string | undefined {
  const command = args?.['cmd'] ?? args?.['command'];
  if (typeof command === 'string') return command;
  return Array.isArray(command) ? command.join(' ') : undefined;
}
