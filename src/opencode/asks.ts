/** The questions that OpenCode waits for in one conversation: what it asks in our words, and our answers in its. */

import { answersOf } from '../contract/answer-value.js';
import type { ApprovalAnswer, Ask } from '../contract/approval.js';
import type { AskRef, Fact } from '../contract/facts.js';
import type { FileChange } from '../contract/item.js';
import type { Api } from './api.js';
import { changesIn, nameOfTool, type Surroundings, textIn } from './items.js';
import type { PermissionRequest, QuestionRequest, ToolPart } from './wire.js';

/** What goes back to OpenCode. */
type Reply = (api: Api, directory: string) => Promise<void>;

interface OpenAsk {
  readonly fact: Extract<Fact, { type: 'ask' }>;
  readonly reply: (answer: ApprovalAnswer) => Reply;
  answered: boolean;
}

/** With a reason OpenCode goes on after a no; without one it ends the turn. */
const DECLINED = 'This was declined. Do not try to reach the same in another way.';

export class Asks {
  readonly #open = new Map<AskRef, OpenAsk>();
  /** What was allowed for the rest of the conversation: OpenCode's own `always` would count for all conversations of the folder. */
  readonly #granted: { readonly permission: string; readonly pattern: string }[] = [];
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get waiting(): boolean {
    return [...this.#open.values()].some(({ answered }) => !answered);
  }

  /** True when it was allowed before for the rest of the conversation. */
  isGranted({ permission, patterns }: PermissionRequest): boolean {
    return (
      patterns.length > 0 &&
      patterns.every((wanted) => this.#granted.some((one) => one.permission === permission && fits(one.pattern, wanted)))
    );
  }

  /** `item` is what the call is shown as. */
  permission(request: PermissionRequest, turn: string, call: ToolPart | undefined, item: string | undefined): Fact[] {
    const { id, permission, always } = request;
    return this.#ask(turn, id, { ...permissionAsk(request, call, this.#around), ...(item === undefined ? {} : { item }) }, (answer) => {
      const yes = answer.decision === 'accept' || answer.decision === 'acceptForSession';
      if (!yes || isPart(answer.value, request)) {
        return (api, directory) =>
          api.replyPermission(id, directory, { reply: 'reject', ...(answer.decision === 'cancel' ? {} : { message: DECLINED }) });
      }
      if (answer.decision === 'acceptForSession') for (const pattern of always) this.#granted.push({ permission, pattern });
      return (api, directory) => api.replyPermission(id, directory, { reply: 'once' });
    });
  }

  question({ id, questions }: QuestionRequest, turn: string, item: string | undefined): Fact[] {
    const ask: Ask = {
      kind: 'userInput',
      title: questions[0]?.question ?? 'The agent asks something',
      ...(item === undefined ? {} : { item }),
      questions: questions.map(({ question, header, options = [] }, at) => ({
        id: `q${at + 1}`,
        question,
        ...(header === undefined || header === '' ? {} : { header }),
        ...(options.length === 0
          ? {}
          : { options: options.map(({ label, description }) => ({ label, ...(description === undefined ? {} : { description }) })) }),
      })),
      decisions: ['accept', 'decline', 'cancel'],
    };
    const ids = questions.map((_, at) => ({ id: `q${at + 1}` }));
    return this.#ask(turn, id, ask, ({ decision, value }) => {
      const { answers } = answersOf(ids, value);
      const given = decision === 'accept' ? ids.map((one) => [...(answers[one.id] ?? [])]) : undefined;
      return (api, directory) => api.replyQuestion(id, directory, given);
    });
  }

  #ask(turn: string, ref: AskRef, ask: Ask, reply: OpenAsk['reply']): Fact[] {
    if (this.#open.has(ref)) return [];
    const fact = { type: 'ask', turn, ref, ask } as const;
    this.#open.set(ref, { fact, reply, answered: false });
    return [fact];
  }

  /** Undefined for a question that is closed or answered. */
  answer(ref: AskRef, answer: ApprovalAnswer): Reply | undefined {
    const open = this.#open.get(ref);
    if (open === undefined || open.answered) return undefined;
    open.answered = true;
    return open.reply(answer);
  }

  /** The answer did not reach OpenCode: it may be given again. */
  unanswer(ref: AskRef): void {
    const open = this.#open.get(ref);
    if (open !== undefined) open.answered = false;
  }

  closed(ref: AskRef): Fact[] {
    return this.#open.delete(ref) ? [{ type: 'ask.closed', ref }] : [];
  }

  /** Those that are open, once more, for somebody who has not heard them. */
  again(): Fact[] {
    return [...this.#open.values()].filter(({ answered }) => !answered).map(({ fact }) => fact);
  }

  /** OpenCode forgets to close what waits when a turn ends. */
  closeAll(): Fact[] {
    return [...this.#open.keys()].flatMap((ref) => this.closed(ref));
  }
}

function permissionAsk(request: PermissionRequest, call: ToolPart | undefined, { directory, servers }: Surroundings): Ask {
  const { permission, patterns, metadata, always } = request;
  const common = {
    ...(always.length === 0
      ? {}
      : { effect: `acceptForSession also allows, until the conversation ends: ${permission} ${always.join(', ')}` }),
    decisions: ['accept', 'acceptForSession', 'decline', 'cancel'] as Ask['decisions'],
  };
  const command = textIn(metadata, 'command');
  if (permission === 'bash') {
    const line = command ?? patterns.join(' && ');
    const cwd = textIn(call?.state.input ?? {}, 'workdir') ?? directory;
    const reason = textIn(call?.state.input ?? {}, 'description');
    return { kind: 'command', title: `Run ${oneLine(line)}?`, command: line, cwd, ...(reason === undefined ? {} : { reason }), ...common };
  }
  if (permission === 'edit') {
    const changes = editedFiles(metadata, directory);
    return { kind: 'fileChange', title: fileTitle(changes), ...(changes.length === 0 ? {} : { changes }), ...common };
  }
  const { server, tool } = nameOfTool(permission, servers);
  const asked = { permissions: { [permission]: patterns } };
  if (server !== undefined) {
    const args = call?.state.input;
    const named = { server, tool, ...(args === undefined ? {} : { arguments: args }) };
    return { kind: 'permissions', title: `Use the tool ${tool} of ${server}?`, ...named, ...asked, ...common };
  }
  const why = command === undefined ? {} : { reason: `for the command: ${oneLine(command)}`, cwd: directory };
  return {
    kind: 'permissions',
    title: TITLES[permission]?.(patterns.join(', ')) ?? `Use ${permission}: ${patterns.join(', ')}?`,
    ...why,
    ...asked,
    ...common,
  };
}

const TITLES: Readonly<Record<string, (what: string) => string>> = {
  external_directory: (what) => `Work outside of the folder, in ${what}?`,
  webfetch: (what) => `Fetch ${what}?`,
  websearch: (what) => `Search the web for ${what}?`,
  read: (what) => `Read ${what}?`,
  doom_loop: (what) => `Go on although ${what} was called with the same arguments again and again?`,
};

function editedFiles(metadata: Readonly<Record<string, unknown>>, directory: string): FileChange[] {
  const listed = changesIn(metadata);
  if (listed.length > 0) return listed;
  const [path, diff] = [textIn(metadata, 'filepath'), textIn(metadata, 'diff')];
  if (path === undefined) return [];
  // OpenCode names it from the root of the project, which outside of a repository is the root of the disk, without its slash.
  const absolute = path.startsWith('/') ? path : directory.startsWith(`/${path.split('/')[0]}/`) ? `/${path}` : path;
  return [{ path: absolute, kind: 'update', ...(diff === undefined ? {} : { diff }) }];
}

function fileTitle(changes: readonly FileChange[]): string {
  const [first] = changes;
  if (first === undefined) return 'Change files?';
  return changes.length === 1 ? `Change ${first.path}?` : `Change ${changes.length} files?`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** OpenCode takes a whole yes or none. */
function isPart(value: unknown, { permission, patterns }: PermissionRequest): boolean {
  return value !== undefined && JSON.stringify(value) !== JSON.stringify({ [permission]: patterns });
}

/** As OpenCode reads its patterns: `*` is anything, `?` one character, and ` *` at the end may be nothing. */
export function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replace(/ \.\*$/, '( .*)?');
  return new RegExp(`^${source}$`, 's').test(text);
}
