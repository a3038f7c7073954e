/**
 * What a conversation is begun with: the arguments of the tool `codex` besides the prompt. They go over a pipe, so they may hold tokens. Later
 * calls can change nothing of it.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { OpenThread } from '../../ports/agent.js';
import { configOf, GATEWAY } from '../app-server/setup.js';
import { deniesReading, namesProfiles } from '../app-server/versions.js';
import { readToml } from '../config-file/toml-read.js';
import { type Fields, fieldsOf } from '../rollout/entry.js';

/** Throws `invalid-input` for what cannot be told to this version. */
export async function firstCall(thread: OpenThread, version: string): Promise<Fields> {
  const { session, cwd, model, effort, permissions, setup = {}, options = {} } = thread;
  const { approvalPolicy } = permissions;
  const { sandbox, config: permitted } = permissionsOf(thread, version);
  const config = [
    options.useUserConfig === false ? await withoutServers(thread.home, setup.mcpServers ?? {}) : {},
    nested(options.config ?? {}),
    effort === undefined ? {} : { model_reasoning_effort: effort },
    permitted,
    configOf(setup, session),
    setup.gateway === undefined ? {} : { model_provider: GATEWAY },
  ].reduce(merged, {});
  return {
    cwd,
    ...(model === undefined ? {} : { model }),
    ...(approvalPolicy === undefined ? {} : { 'approval-policy': approvalPolicy }),
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(setup.instructions === undefined ? {} : { 'developer-instructions': setup.instructions }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  };
}

const SANDBOXES: Readonly<Record<string, string>> = {
  ':read-only': 'read-only',
  ':workspace': 'workspace-write',
  ':danger-full-access': 'danger-full-access',
};

/** A profile of the settings is named there, as far as the version knows profiles; the others are a sandbox to the tool. */
function permissionsOf({ permissions, setup = {} }: OpenThread, version: string): { readonly sandbox?: string; readonly config: Fields } {
  const { profile } = permissions;
  const { unreadable = [], writableRoots = [] } = setup;
  const roots: Fields = writableRoots.length === 0 ? {} : { sandbox_workspace_write: { writable_roots: [...writableRoots] } };
  if (deniesReading(version) && unreadable.length > 0 && profile !== ':danger-full-access') {
    // What holds where nobody chose cannot be asked: the narrowest is what it is safe to go by.
    const meant = profile ?? ':read-only';
    const name = `spool-${meant.replace(/^:/, '')}`;
    const filesystem = Object.fromEntries(unreadable.map((path) => [path, 'deny']));
    return { config: { ...roots, default_permissions: name, permissions: { [name]: { extends: meant, filesystem } } } };
  }
  const sandbox = profile === undefined ? undefined : SANDBOXES[profile];
  if (profile === undefined || sandbox !== undefined) return { ...(sandbox === undefined ? {} : { sandbox }), config: roots };
  if (namesProfiles(version)) return { config: { ...roots, default_permissions: profile } };
  throw new SpoolError('invalid-input', `the MCP server of Codex ${version} knows no profile ${profile}`, {
    hint: `use one of ${Object.keys(SANDBOXES).join(', ')}`,
  });
}

/** The MCP servers of the home's own settings, switched off: that is all of them that a call can take away. Ours stay, whatever their names. */
async function withoutServers(home: string, ours: Fields): Promise<Fields> {
  const text = await readFile(join(home, 'config.toml'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const servers = fieldsOf(readToml(text)['mcp_servers']) ?? {};
  const off = Object.keys(servers)
    .filter((name) => ours[name] === undefined)
    .map((name) => [name, { enabled: false }] as const);
  return off.length === 0 ? {} : { mcp_servers: Object.fromEntries(off) };
}

/** With dots in its names resolved into tables, so that one setting has one place whoever names it. */
function nested(config: Fields): Fields {
  return Object.entries(config).reduce<Fields>((all, [path, value]) => {
    const below = fieldsOf(value);
    const leaf = below === undefined ? value : nested(below);
    return merged(all, fieldsOf(path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), leaf)) ?? {});
  }, {});
}

/** Both; where both say something, what `over` says counts. */
function merged(under: Fields, over: Fields): Fields {
  const all: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const [below, above] = [fieldsOf(all[name]), fieldsOf(value)];
    all[name] = below === undefined || above === undefined ? value : merged(below, above);
  }
  return all;
}
