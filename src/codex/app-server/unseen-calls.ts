/**
 * Commands that Codex does not speak of. When the sandbox denies a command in its first moment, the model gets the answer and nobody else
 * hears a word: no item, not even in the history that can be asked for. Only the rollout has it. It is looked into when a response of the
 * model, which its token count closes behind the work that it asked for, brought neither a message nor work; or a message that turns out
 * not to have been the last.
 */

import type { Item } from '../../contract/item.js';
import type { Fact } from '../../ports/agent.js';
import { callsOfTurn, type RolloutCall } from '../rollout/calls.js';
import { findRollout } from '../rollout/find.js';
import { losesOutput } from './versions.js';

export interface UnseenParts {
  readonly home: string;
  readonly version: string;
  readonly threadId: string;
  /** Codex's id of a turn of ours. */
  readonly native: (turn: string) => string | undefined;
}

export class UnseenCalls {
  readonly #parts: UnseenParts;
  readonly #seen = new Set<string>();
  #turn: string | undefined;
  /** What the response of which the count has not come yet has brought so far. */
  #worked = false;
  #spoke = false;
  /** The response before it brought a message and no work, as the last one of a turn does. */
  #seemedLast = false;

  constructor(parts: UnseenParts) {
    this.#parts = parts;
  }

  /** The fact, behind what was not told before it. */
  with(fact: Fact): readonly Fact[] {
    if (fact.type === 'turn.started') this.#begin(fact.turn);
    if (fact.type === 'item.started' || fact.type === 'item.completed') this.#item(fact.turn, fact.item);
    if (fact.type === 'item.completed') return [{ ...fact, item: this.#withOutput(fact.turn, fact.item) }];
    if (fact.type !== 'usage' || fact.turn === undefined) return [fact];
    this.#turn ??= fact.turn;
    if (fact.turn !== this.#turn) return [fact];
    const missed = this.#seemedLast || !(this.#worked || this.#spoke) ? this.#look(fact.turn) : [];
    this.#seemedLast = this.#spoke && !this.#worked;
    this.#worked = false;
    this.#spoke = false;
    return [...missed, fact];
  }

  #begin(turn: string): void {
    this.#turn = turn;
    this.#seen.clear();
    this.#worked = false;
    this.#spoke = false;
    this.#seemedLast = false;
  }

  /** A command of an earlier turn may end late; it says nothing of this one. */
  #item(turn: string, item: Item): void {
    this.#turn ??= turn;
    if (turn !== this.#turn) return;
    this.#seen.add(item.id);
    if (item.kind === 'agentMessage' || item.kind === 'plan' || item.kind === 'other') this.#spoke = true;
    if (item.kind === 'command' || item.kind === 'fileChange' || item.kind === 'toolCall') this.#worked = true;
  }

  #withOutput(turn: string, item: Item): Item {
    if (item.kind !== 'command' || item.output !== undefined || !losesOutput(this.#parts.version)) return item;
    const call = this.#calls(turn).find(({ id }) => id === item.id);
    return call === undefined ? item : { ...item, output: outputOf(call) };
  }

  #calls(turn: string): readonly RolloutCall[] {
    const { home, threadId, native } = this.#parts;
    const id = native(turn);
    const file = id === undefined ? undefined : findRollout(home, threadId);
    return id === undefined || file === undefined ? [] : callsOfTurn(file, id);
  }

  #look(turn: string): readonly Fact[] {
    const unseen = this.#calls(turn).filter((call) => !this.#seen.has(call.id));
    for (const call of unseen) this.#seen.add(call.id);
    return unseen.flatMap((call): Fact[] => {
      const item = itemOf(call);
      return [
        { type: 'item.started', turn, item: { ...item, status: 'inProgress' } },
        { type: 'item.completed', turn, item },
      ];
    });
  }
}

type CallItem = Extract<Item, { kind: 'command' | 'toolCall' }>;

function itemOf(call: RolloutCall): CallItem {
  const { id, name, input, output } = call;
  const args = argumentsOf(input);
  const command = commandOf(args);
  if (command === undefined) return { id, kind: 'toolCall', tool: name, arguments: args ?? input, status: 'completed', result: output };
  const exitCode = /^Process exited with code (-?\d+)$/m.exec(output ?? '')?.[1];
  const failed = exitCode !== '0';
  return {
    ...{ id, kind: 'command', command, status: failed ? 'failed' : 'completed', output: outputOf(call) },
    ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
  };
}

/** What the model was told begins with how it went. */
function outputOf({ output = '' }: RolloutCall): string {
  return /^Output:\n([\s\S]*)$/m.exec(output)?.[1] ?? output;
}

function argumentsOf(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    // A custom tool is given plain text.
    return undefined;
  }
}

/** Shell tools name the command `cmd` or `command`, as a line or as a list of words. */
function commandOf(args: unknown): string | undefined {
  if (typeof args !== 'object' || args === null) return undefined;
  const command: unknown = Reflect.get(args, 'cmd') ?? Reflect.get(args, 'command');
  if (typeof command === 'string') return command;
  return Array.isArray(command) ? command.join(' ') : undefined;
}
