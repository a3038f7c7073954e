/**
 * Which Codex processes are given the ChatGPT login of the vault. A process has one login and serves all agents of its CODEX_HOME, so
 * those agents must agree.
 */

import { SpoolError } from '../base/errors.js';
import type { Account } from '../codex/app-server/account.js';
import type { AgentInfo } from '../contract/host.js';
import type { Vault } from '../ports/vault.js';
import type { Contribution } from './agents/preparation.js';
import { credentialChoice } from './credential-of.js';
import { CODEX_CREDENTIAL } from './vault.js';

export interface AccountsParts {
  readonly vault: Vault;
  /** Made when the first process is to have it. */
  readonly account: () => Promise<Account>;
  /** All agents, as they are at the moment. */
  readonly agents: () => readonly AgentInfo[];
}

export interface CodexAccounts {
  /** The login for the process of a home; undefined where the home's own counts. */
  of(home: string): Promise<Account | undefined>;
  /** Rejects with `invalid-input` for an agent that cannot have the vault's login, because another one of its home has the home's. */
  readonly check: Contribution;
}

export function codexAccounts({ vault, account, agents }: AccountsParts): CodexAccounts {
  const usersOf = (home: string): readonly AgentInfo[] => agents().filter(({ codexHome }) => codexHome === home);
  const stubborn = (home: string): AgentInfo | undefined => usersOf(home).find(({ credential }) => credential === 'home');
  const wantsVault = async (config: Pick<AgentInfo, 'credential'>, codexHome: string): Promise<boolean> =>
    (await credentialChoice({ config, codexHome })) === 'vault';
  return {
    async of(home) {
      if (stubborn(home) !== undefined) return undefined;
      for (const agent of usersOf(home)) if (await wantsVault(agent, home)) return await account();
      return undefined;
    },
    async check({ config, info }) {
      // The cheapest look first: this is asked at every opening of a conversation.
      if ((await vault.get(CODEX_CREDENTIAL))?.kind !== 'chatgpt' || !(await wantsVault(config, info.codexHome))) return {};
      const other = stubborn(info.codexHome);
      if (other === undefined) return {};
      throw new SpoolError(
        'invalid-input',
        `the agents ${info.alias} and ${other.alias} share the CODEX_HOME ${info.codexHome}, and only one of them uses its login`,
        { hint: `give one a home of its own: codexHome "own" in the file of ${info.alias}` },
      );
    },
  };
}
