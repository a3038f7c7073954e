/**
 * What Codex's terminal interface may ask of the app-server that a host drives: what is listed, and nothing else. A method that a newer
 * Codex adds is refused until somebody has read what it does.
 */

import type { TerminalGrant } from '../../contract/terminal.js';
import type { ClientMethod } from '../app-server/link.js';

/**
 * `pass`: tells about the process and changes nothing. `own`: the same for one conversation, if it is the terminal's own. `seat`: the
 * gateway sees to it. A grant: only for whom it was given.
 */
export type Rule = 'pass' | 'own' | 'seat' | TerminalGrant;

const RULES: Readonly<Partial<Record<ClientMethod, Rule>>> = {
  // Read at every start, and for menus.
  initialize: 'pass',
  'model/list': 'pass',
  'modelProvider/list': 'pass',
  'modelProvider/capabilities/read': 'pass',
  'account/rateLimits/read': 'pass',
  'account/usage/read': 'pass',
  'account/bedrock/checkGovCloudRequirements': 'pass',
  'collaborationMode/list': 'pass',
  'configRequirements/read': 'pass',
  'permissionProfile/list': 'pass',
  'experimentalFeature/list': 'pass',
  'remoteControl/status/read': 'pass',
  'environment/info': 'pass',
  'environment/status': 'pass',
  'hooks/list': 'pass',
  'skills/list': 'pass',
  'plugin/installed': 'pass',
  'plugin/list': 'pass',
  'app/installed': 'pass',
  'app/list': 'pass',
  'mcpServerStatus/list': 'pass',
  'threadSection/list': 'pass',
  'windowsSandbox/readiness': 'pass',
  // Names of files, for mentions; never what is in them.
  fuzzyFileSearch: 'pass',
  'fuzzyFileSearch/sessionStart': 'pass',
  'fuzzyFileSearch/sessionUpdate': 'pass',
  'fuzzyFileSearch/sessionStop': 'pass',

  'thread/read': 'own',
  'thread/turns/list': 'own',
  'thread/items/list': 'own',
  'thread/items/read': 'own',
  'thread/timeline/list': 'own',
  'thread/searchOccurrences': 'own',
  'thread/goal/get': 'own',
  'thread/queue/list': 'own',
  'thread/attachment/list': 'own',
  'thread/backgroundTerminals/list': 'own',
  // Which answers the person has looked at. Nothing else reads it.
  'thread/readState/update': 'own',
  'thread/unsubscribe': 'own',

  // Whose answers tell of other conversations, or of secrets.
  'account/read': 'seat',
  'config/read': 'seat',
  'thread/list': 'seat',
  'thread/loaded/list': 'seat',
  // What the person says to the agent is said to the host.
  'thread/resume': 'seat',
  'thread/settings/update': 'seat',
  'thread/name/set': 'seat',
  'thread/compact/start': 'seat',
  'review/start': 'seat',
  'turn/start': 'seat',
  'turn/steer': 'seat',
  'turn/interrupt': 'seat',

  // Runs outside of the sandbox and asks nobody.
  'thread/shellCommand': 'shell',

  'command/exec': 'processes',
  'command/exec/write': 'processes',
  'command/exec/resize': 'processes',
  'command/exec/terminate': 'processes',
  'process/spawn': 'processes',
  'process/writeStdin': 'processes',
  'process/resizePty': 'processes',
  'process/kill': 'processes',
  'thread/backgroundTerminals/terminate': 'processes',
  'thread/backgroundTerminals/clean': 'processes',
  gitDiffToRemote: 'processes',
  'mcpServer/tool/call': 'processes',
  'mcpServer/resource/read': 'processes',
  // Any file of the machine, with the rights of the host: its keys too.
  'fs/readFile': 'processes',
  'fs/readDirectory': 'processes',
  'fs/getMetadata': 'processes',
  'fs/writeFile': 'processes',
  'fs/createDirectory': 'processes',
  'fs/copy': 'processes',
  'fs/remove': 'processes',
  'fs/watch': 'processes',
  'fs/unwatch': 'processes',

  // Counts for every conversation of the home.
  'config/value/write': 'config',
  'config/batchWrite': 'config',
  'config/mcpServer/reload': 'config',
  'modelProvider/config/write': 'config',
  'skills/config/write': 'config',
  'skills/extraRoots/set': 'config',
  'experimentalFeature/enablement/set': 'config',
  'mcpServer/oauth/login': 'config',
  'marketplace/add': 'config',
  'marketplace/remove': 'config',
  'marketplace/upgrade': 'config',
  'plugin/read': 'config',
  'plugin/install': 'config',
  'plugin/uninstall': 'config',
};

/** With these the interface looks for things on its own; nobody at the terminal has asked for them. */
const BY_ITSELF: ReadonlySet<string> = new Set<ClientMethod>([
  'thread/prediction/request',
  'plugin/reconcile',
  'externalAgentConfig/detect',
]);

/** Undefined for what is never let through. */
export function ruleOf(method: string): Rule | undefined {
  return Object.hasOwn(RULES, method) ? RULES[method as ClientMethod] : undefined;
}

export function isGrant(rule: Rule | undefined): rule is TerminalGrant {
  return rule === 'shell' || rule === 'processes' || rule === 'config';
}

/** What a grant is for is about one conversation. */
export function namesThread(method: string): boolean {
  return method.startsWith('thread/');
}

export function isByItself(method: string): boolean {
  return BY_ITSELF.has(method);
}

const NEEDS: Readonly<Record<TerminalGrant, string>> = {
  shell: 'commands of your own run outside of the sandbox and are not in the record of the session',
  processes: 'starting processes and reaching into files goes past the agent',
  config: "Codex's configuration counts for all sessions of this home and is the host's",
};

/** Gives the history of a conversation, page by page. */
export function isPage(method: string): boolean {
  return method === 'thread/turns/list' || method === 'thread/items/list' || method === 'thread/timeline/list';
}

/** Why something is refused, for the person at the terminal. */
export function refusalOf(method: string, rule: Rule | undefined): string {
  if (isGrant(rule)) return `not from this terminal: ${NEEDS[rule]} (the owner may open one with --allow ${rule})`;
  const reason = REASONS.find(([prefix]) => method.startsWith(prefix))?.[1] ?? 'this is not for a terminal of one session';
  return `not from this terminal: ${reason}`;
}

const REASONS: readonly (readonly [string, string])[] = [
  ['thread/start', 'it is for one session; "spool new" opens another'],
  ['thread/fork', 'it is for one session; "spool fork" opens one that goes on from a copy'],
  ['thread/revert', 'what was said is recorded and stays; "spool fork --turn" goes on from an earlier turn'],
  ['thread/rollback', 'what was said is recorded and stays; "spool fork --turn" goes on from an earlier turn'],
  ['thread/archive', '"spool archive" archives a session'],
  ['thread/delete', '"spool archive" archives a session'],
  ['thread/goal', 'goals begin turns by themselves, and turns are begun by the host'],
  ['thread/queue', 'turns that wait are kept by the host'],
  ['account/', 'the login is the host\'s: "spool login"'],
];
