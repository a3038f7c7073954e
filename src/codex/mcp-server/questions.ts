/** What `codex mcp-server` asks by `elicitation/create`: whether a command may run or files may be changed. Its answers are a word of Codex's. */

import type { ApprovalAnswer, Ask, Decision } from '../../contract/approval.js';
import { type Fields, textIn } from '../rollout/entry.js';
import { changesIn, folderOf, lineOf } from './items.js';

export interface Question {
  /** Codex's id of the turn that asks, of the conversation and of the item. */
  readonly native: string;
  readonly conversation: string;
  readonly call: string;
  readonly kind: 'command' | 'fileChange';
  readonly params: Fields;
}

/** Undefined for a question of another kind, which is answered with a no. */
export function questionIn(params: Fields): Question | undefined {
  const kind = KINDS[textIn(params, 'codex_elicitation') ?? ''];
  const [native, conversation, call] = [textIn(params, 'codex_event_id'), textIn(params, 'threadId'), textIn(params, 'codex_call_id')];
  if (kind === undefined || native === undefined || conversation === undefined || call === undefined) return undefined;
  return { native, conversation, call, kind, params };
}

const KINDS: Readonly<Record<string, Question['kind']>> = { 'exec-approval': 'command', 'patch-approval': 'fileChange' };

/** `event` is what was told of it before, which alone says why. */
export function askOf({ kind, call, params }: Question, event: Fields | undefined): Ask {
  const reason = textIn(event, 'reason') ?? textIn(params, 'codex_reason');
  const common = { kind, item: call, ...(reason === undefined ? {} : { reason }), decisions: DECISIONS } as const;
  if (kind === 'fileChange') {
    const changes = changesIn(params['codex_changes']);
    const root = textIn(params, 'codex_grant_root');
    return {
      ...{ ...common, title: titleOf(changes.map(({ path }) => path)), changes, decisions: [...DECISIONS] },
      ...(root === undefined
        ? {}
        : { effect: `A yes may also let the agent write anywhere below ${root} for the rest of the conversation.` }),
    };
  }
  const [command, cwd] = [lineOf(params['codex_command']), folderOf(textIn(params, 'codex_cwd'))];
  return {
    ...{ ...common, title: `Run ${command}?`, command, decisions: [...DECISIONS] },
    ...(cwd === undefined ? {} : { cwd }),
    effect: 'A yes does not keep the command in the sandbox: what the sandbox denies is run again outside of it, without another question.',
  };
}

/** An answer as Codex wants it. */
export function replyOf({ decision }: Pick<ApprovalAnswer, 'decision'>): Fields {
  return { decision: WORDS[decision] };
}

const DECISIONS: readonly Decision[] = ['accept', 'acceptForSession', 'decline', 'cancel'];
const WORDS: Readonly<Record<Decision, string>> = {
  accept: 'approved',
  acceptForSession: 'approved_for_session',
  decline: 'denied',
  cancel: 'abort',
};

function titleOf(paths: readonly string[]): string {
  const [path] = paths;
  if (path === undefined) return 'Change files?';
  return paths.length === 1 ? `Change ${path}?` : `Change ${path} and ${paths.length - 1} more?`;
}
