/**
 * Tool calls as items. The agent tells a call in pieces, each of which replaces what was said before of the same thing; what kind of item
 * it is, is settled when the call begins to be worked on, because until then its title and its input may only be on their way.
 */

import { structuredPatch } from 'diff';
import type { FileChange, Item, ItemStatus } from '../contract/item.js';
import { bounded, type Fields, fieldsOf, listOf, shortened, textIn, textOfBlock, wholeIn } from './foreign.js';

/** The most of a command's output that is kept. */
const MOST_OUTPUT = 256 * 1024;
/** Beyond this many characters in a file, comparing its two texts may take seconds. */
const MOST_COMPARED = 512 * 1024;

export class ToolCall {
  readonly id: string;
  #said: Fields = {};
  /** By path. An agent may show a change when it asks, and no more when it is made. */
  readonly #diffs = new Map<string, FileChange>();
  #kind: 'command' | 'fileChange' | 'toolCall' | undefined;
  /** Output that came piece by piece, as many agents send it to those who show a terminal. */
  #streamed = '';
  #exitCode: number | undefined;
  #output = '';

  constructor(id: string) {
    this.id = id;
  }

  get begun(): boolean {
    return this.#kind !== undefined;
  }

  get ended(): boolean {
    return this.begun && (this.#said['status'] === 'completed' || this.#said['status'] === 'failed');
  }

  /** True when it is being worked on, or was. */
  get works(): boolean {
    const { status } = this.#said;
    return typeof status === 'string' && status !== 'pending';
  }

  /** What the person who is asked about it reads. */
  get title(): string {
    return textIn(this.#said, 'title') ?? textIn(this.#said, 'name') ?? 'a tool call';
  }

  get tool(): string {
    return textIn(this.#said, 'name') ?? this.title;
  }

  get nature(): 'command' | 'fileChange' | 'toolCall' {
    return this.#kind ?? natureOf(this.#said['kind']);
  }

  get arguments(): unknown {
    return bounded(this.#said['rawInput']);
  }

  get command(): string {
    const { command } = fieldsOf(this.#said['rawInput']);
    if (typeof command === 'string' && command !== '') return command;
    const words = listOf(command).filter((word) => typeof word === 'string');
    return words.length > 0 ? words.map(quoted).join(' ') : this.title;
  }

  get cwd(): string | undefined {
    return textIn(this.#said['rawInput'], 'cwd') ?? textIn(this.#said['rawInput'], 'workdir');
  }

  get changes(): FileChange[] {
    if (this.#diffs.size > 0) return [...this.#diffs.values()];
    const paths = listOf(this.#said['locations']).map((location) => textIn(location, 'path'));
    const kind = this.#said['kind'] === 'delete' ? 'delete' : 'update';
    return [...new Set(paths)].flatMap((path) => (path === undefined ? [] : [{ path, kind }]));
  }

  /** Takes the next piece. */
  take(piece: Fields): void {
    const said = Object.entries(piece).filter(([, value]) => value !== undefined && value !== null);
    this.#said = { ...this.#said, ...Object.fromEntries(said) };
    this.#see(piece['content']);
    const { terminal_output: whole, terminal_output_delta: more, terminal_exit: exit } = fieldsOf(piece['_meta']);
    this.#streamed = (this.#streamed + (textIn(more, 'data') ?? textIn(whole, 'data') ?? '')).slice(0, 2 * MOST_OUTPUT);
    this.#exitCode = wholeIn(exit, 'exit_code') ?? this.#exitCode;
  }

  /** Takes what is said of it in a question: what is shown there is for the one who answers, and nothing that it gave. The result is the text of it. */
  takeAsked({ status: _, content, ...piece }: Fields): string {
    this.take(piece);
    this.#see(content);
    return contentText(content).trim();
  }

  #see(content: unknown): void {
    for (const part of listOf(content)) {
      const change = changeOf(fieldsOf(part), this.#said['kind']);
      if (change !== undefined) this.#diffs.set(change.path, change);
    }
  }

  /** What has come of its output since this was asked last; empty where what is there now is another text. */
  moreOutput(): string {
    const now = this.#outputText();
    const more = now.startsWith(this.#output) && now.length <= MOST_OUTPUT ? now.slice(this.#output.length) : '';
    this.#output = now;
    return more;
  }

  /** The item as it is now. `status` is for a call of which the agent said no more. */
  item(status?: ItemStatus): Item {
    this.#kind ??= natureOf(this.#said['kind']);
    const now = status ?? statusOf(this.#said['status']);
    switch (this.#kind) {
      case 'command':
        return this.#command(now);
      case 'fileChange':
        return { id: this.id, kind: 'fileChange', status: now, changes: this.changes };
      case 'toolCall':
        return this.#tool(now);
    }
  }

  #command(status: ItemStatus): Item {
    const over = status !== 'inProgress';
    const exitCode = over ? (this.#exitCode ?? exitCodeOf(this.#said['rawOutput'])) : undefined;
    const output = over ? this.#outputText() : '';
    const { cwd } = this;
    return {
      ...{ id: this.id, kind: 'command', command: this.command, status },
      ...(cwd === undefined ? {} : { cwd }),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(output === '' ? {} : { output: shortened(output, MOST_OUTPUT) }),
    };
  }

  #tool(status: ItemStatus): Item {
    const { rawInput, rawOutput } = this.#said;
    const text = contentText(this.#said['content']);
    const result = status === 'inProgress' ? undefined : (rawOutput ?? (text === '' ? undefined : text));
    return {
      ...{ id: this.id, kind: 'toolCall', tool: this.tool, status },
      ...(rawInput === undefined ? {} : { arguments: bounded(rawInput) }),
      ...(result === undefined ? {} : { result: bounded(result) }),
      ...(status === 'failed' ? { error: shortened(text === '' ? 'it failed' : text, 2_000) } : {}),
    };
  }

  #outputText(): string {
    if (this.#streamed !== '') return this.#streamed;
    const text = contentText(this.#said['content']);
    return text === '' ? (textIn(this.#said['rawOutput'], 'output') ?? '') : text;
  }
}

function contentText(content: unknown): string {
  return listOf(content)
    .map((part) => (textIn(part, 'type') === 'content' ? textOfBlock(fieldsOf(part)['content']) : ''))
    .join('');
}

function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function natureOf(kind: unknown): 'command' | 'fileChange' | 'toolCall' {
  if (kind === 'execute') return 'command';
  return kind === 'edit' || kind === 'delete' || kind === 'move' ? 'fileChange' : 'toolCall';
}

function statusOf(status: unknown): ItemStatus {
  return status === 'completed' || status === 'failed' ? status : 'inProgress';
}

/** Where agents put it: the protocol has no place for it. */
function exitCodeOf(output: unknown): number | undefined {
  const metadata = fieldsOf(output)['metadata'];
  return wholeIn(output, 'exitCode') ?? wholeIn(output, 'exit_code') ?? wholeIn(metadata, 'exit') ?? wholeIn(metadata, 'exitCode');
}

function changeOf(part: Fields, kind: unknown): FileChange | undefined {
  const path = textIn(part, 'path');
  const now = textIn(part, 'newText');
  if (part['type'] !== 'diff' || path === undefined || now === undefined) return undefined;
  const before = textIn(part, 'oldText') ?? '';
  if (kind === 'delete' && now === '') return { path, kind: 'delete' };
  return { path, kind: before === '' ? 'add' : 'update', ...(before === '' ? { diff: now } : diffOf(before, now)) };
}

function diffOf(before: string, now: string): { diff?: string } {
  if (before.length + now.length > MOST_COMPARED) return {};
  const { hunks } = structuredPatch('', '', before, now, undefined, undefined, { context: 3 });
  const lines = hunks.flatMap((hunk) => [`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`, ...hunk.lines]);
  return { diff: `${lines.join('\n')}\n` };
}
