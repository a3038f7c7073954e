/** What each runtime can do, as a table for docs/choosing-a-runtime.md. */

import type { RuntimeCapabilities } from '../src/contract/host.js';
import { markdownTable } from './marked-block.js';

type Feature = Exclude<keyof RuntimeCapabilities, 'runtime' | 'program'>;

/** As a person would ask for it, in the order in which people do. A feature without words does not compile. */
const WORDS: Readonly<Record<Feature, string>> = {
  deltas: 'text comes while it is written',
  steer: 'takes messages into a running turn',
  interrupt: 'can be interrupted',
  approvals: 'asks before it does what is not allowed',
  permissions: 'keeps to the permissions that it is given',
  sandbox: 'runs commands in a sandbox of the system',
  outlivesHost: 'goes on while the host is restarted',
  resume: 'remembers a conversation over a restart of its own',
  adopt: 'goes on with a conversation that was begun elsewhere',
  fork: 'copies conversations',
  compact: 'makes conversations shorter',
  review: 'reviews changes',
  models: 'can be told which model to use',
  efforts: 'can be told how hard to think',
  outputSchema: 'can be held to a JSON schema',
  images: 'takes images',
  instructions: 'takes instructions',
  mcpServers: 'takes MCP servers, and tools of the host program with them',
  sessionTools: "calls tools of the session's clients",
  usage: 'counts tokens',
  terminal: '`spool tui` attaches a terminal',
};

export function capabilityTable(all: readonly RuntimeCapabilities[]): string {
  const rows = (Object.keys(WORDS) as Feature[]).map((feature) => [WORDS[feature], ...all.map((one) => (one[feature] ? 'yes' : '·'))]);
  const needs = ['needs', ...all.map(({ program }) => programText(program))];
  return markdownTable(['', ...all.map(({ runtime }) => `\`${runtime}\``)], [...rows, needs]);
}

function programText(program: RuntimeCapabilities['program']): string {
  if (program === null) return 'nothing';
  const { name, from, below } = program;
  const bounds = [from === null ? '' : `≥ ${from}`, below === null ? '' : `< ${below}`].filter((word) => word !== '');
  return `${name} ${bounds.join(', ')}`.trimEnd();
}
