/**
 * Which Codex processes are given the ChatGPT login of the vault. A process has one login and serves all agents of its CODEX_HOME, so
 * those agents must agree.
 */

import { SpoolError } from '../base/errors.js';
import type { Account } from '../codex/app-server/account.js';
import type { AgentInfo } from '../contract/host.js';
import type { Runtime } from '../contract/words.js';
import type { Vault } from '../ports/vault.js';
import type { Contribution } from './agents/preparation.js';
import { credentialChoice } from './credential-of.js';
import { CODEX_CREDENTIAL } from './vault.js';

/** Runtimes whose processes ask their client for a fresh token when they need one. */
const GIVEN: ReadonlySet<Runtime> = new Set(['codex-app-server', 'codex-cli-remote-control']);

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
  const wantsVault = async (config: Pick<AgentInfo, 'credential' | 'runtime'>, codexHome: string): Promise<boolean> =>
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
      if (!GIVEN.has(info.runtime)) {
        // Its own process would have to be handed the refresh token, which stays here.
        if (config.credential !== 'vault') return {};
        throw new SpoolError(
          'invalid-input',
          `the runtime ${info.runtime} of agent ${info.alias} cannot use the ChatGPT login of the vault`,
          {
            hint: 'use the runtime codex-app-server, an API key in the vault, or the login of its home ("credential": "home")',
          },
        );
      }
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
