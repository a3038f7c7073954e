/** Whose login an agent's model is asked with: the one of its CODEX_HOME, or the one in the vault. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentConfig } from '../contract/agent-config.js';
import { isCodex } from '../contract/words.js';

export interface CredentialQuestion {
  readonly config: Pick<AgentConfig, 'credential' | 'runtime'>;
  /** The agent's CODEX_HOME, an absolute path. */
  readonly codexHome: string;
}

/** What the agent's file says; otherwise the home's, where it has one of whatever kind. Other programs than Codex have their own. */
export async function credentialChoice({ config, codexHome }: CredentialQuestion): Promise<'home' | 'vault'> {
  if (!isCodex(config.runtime)) return config.credential ?? 'home';
  return config.credential ?? ((await hasLogin(codexHome)) ? 'home' : 'vault');
}

/** Whether the home can ask a model by itself. A configuration that cannot be read is left to Codex: it is not given a login for it. */
async function hasLogin(codexHome: string): Promise<boolean> {
  // An empty one is only a place to mount something over.
  if ((statSync(join(codexHome, 'auth.json'), { throwIfNoEntry: false })?.size ?? 0) > 0) return true;
  const file = join(codexHome, 'config.toml');
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  const state = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  const seen = answers.get(file);
  if (seen?.state === state) return seen.answer;
  const answer = await readsElsewhere(file);
  answers.set(file, { state, answer });
  return answer;
}

/** It is asked at every opening of a conversation, and a file takes a while to read and seldom changes. */
const answers = new Map<string, { readonly state: string; readonly answer: boolean }>();

async function readsElsewhere(file: string): Promise<boolean> {
  const [{ readToml }, { providerIn }] = await Promise.all([import('../codex/config-file/toml-read.js'), import('./provider-keys.js')]);
  try {
    const config = readToml(readFileSync(file, 'utf8'));
    // A provider of its own has its own key, and a login may lie in the keyring of the system, where we cannot see it.
    const store = config['cli_auth_credentials_store'];
    return store === 'keyring' || store === 'auto' || providerIn(config) !== undefined;
  } catch {
    return true;
  }
}
