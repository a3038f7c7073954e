/**
 * What a conversation may do, as rules of OpenCode: for each kind of work `allow`, `ask` or `deny`, the last rule that fits counts. There is
 * no sandbox behind them, so a command is never allowed unasked unless everything is.
 */

import { SpoolError } from '../base/errors.js';
import type { Permissions } from '../contract/session.js';
import type { ThreadSetup } from '../ports/agent.js';

export type Action = 'allow' | 'ask' | 'deny';
export type Rules = Readonly<Record<string, Action | Readonly<Record<string, Action>>>>;

const PROFILES = [':read-only', ':workspace', ':danger-full-access'];

/** Looking at what is in the folder, and what concerns nothing but the conversation. */
const HARMLESS = {
  glob: 'allow',
  grep: 'allow',
  list: 'allow',
  lsp: 'allow',
  todowrite: 'allow',
  skill: 'allow',
  question: 'allow',
} as const;
/** They would change the way of working without anybody having asked for it. */
const NEVER = { plan_enter: 'deny', plan_exit: 'deny' } as const;

/** Throws `invalid-input` for a profile that OpenCode cannot keep to. */
export function rulesOf({ profile = ':workspace', approvalPolicy = 'on-request' }: Permissions, setup: ThreadSetup = {}): Rules {
  if (!PROFILES.includes(profile)) {
    throw new SpoolError('invalid-input', `the runtime opencode knows no profile ${profile}`, {
      hint: `use one of ${PROFILES.join(', ')}`,
    });
  }
  const full = profile === ':danger-full-access';
  const rest: Action = full && approvalPolicy !== 'untrusted' ? 'allow' : approvalPolicy === 'never' ? 'deny' : 'ask';
  const edit: Action = profile === ':read-only' ? 'deny' : full || approvalPolicy !== 'untrusted' ? (full ? rest : 'allow') : 'ask';
  return {
    // Also what is not named below: tools of MCP servers, and what a later version can do.
    '*': rest,
    ...HARMLESS,
    task: 'allow',
    read: { '*': 'allow', ...(full ? {} : secretFiles(rest)), ...denied(setup.unreadable, (path) => [path, `${path}/*`]) },
    edit,
    bash: rest,
    webfetch: rest,
    websearch: rest,
    doom_loop: rest,
    external_directory: {
      '*': rest,
      ...(profile === ':workspace' ? Object.fromEntries((setup.writableRoots ?? []).map((root) => [`${root}/*`, 'allow' as const])) : {}),
      ...denied(setup.unreadable, (path) => [path, `${path}/*`]),
    },
    ...NEVER,
    ...ownTools(setup),
  };
}

function secretFiles(rest: Action): Readonly<Record<string, Action>> {
  return { '*.env': rest, '*.env.*': rest, '*.env.example': 'allow' };
}

function denied(paths: readonly string[] = [], patterns: (path: string) => string[]): Readonly<Record<string, Action>> {
  return Object.fromEntries(paths.flatMap(patterns).map((pattern) => [pattern, 'deny'] as const));
}

/** The tools of this host are used without being asked about each. */
function ownTools({ mcpServers = {} }: ThreadSetup): Readonly<Record<string, Action>> {
  const ours = Object.entries(mcpServers).filter(([, server]) => server.ours === true);
  return Object.fromEntries(ours.map(([name]) => [`${toolPrefix(name)}*`, 'allow'] as const));
}

/** How OpenCode's names of a server's tools begin. */
export function toolPrefix(server: string): string {
  return `${server.replaceAll(/[^a-zA-Z0-9_-]/g, '_')}_`;
}
