/**
 * Which agents ask the model at the host's gateway, and with what: those that have the API key of the vault. A ChatGPT login does not go
 * this way; Codex is given short-lived tokens of it. The gateway itself is loaded when the first agent needs it.
 */

import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import type { HomePaths } from '../base/home-paths.js';
import { lazily } from '../base/lazily.js';
import type { AgentInfo } from '../contract/host.js';
import type { AgentAccess } from '../doors/agent-listener.js';
import type { Access, Gateway } from '../doors/model/gateway.js';
import type { AgentDirectory } from '../ports/agents.js';
import type { Logger } from '../ports/logger.js';
import type { Credential, Vault } from '../ports/vault.js';
import { hasOwnCodexHome } from './agents/agent-info.js';
import type { Contribution } from './agents/preparation.js';
import { credentialChoice } from './credential-of.js';
import type { Environment } from './environment.js';
import { CODEX_CREDENTIAL } from './vault.js';

const PREFIX = '/model/v1';
const OPENAI = 'https://api.openai.com/v1';

export interface ModelGatewayParts {
  readonly access: AgentAccess;
  readonly vault: Vault;
  /** Asked for only once the host runs. */
  readonly agents: () => Pick<AgentDirectory, 'get'>;
  readonly paths: Pick<HomePaths, 'credentials'>;
  readonly env: Environment;
  readonly logger: Logger;
}

export interface ModelGateway extends AsyncDisposable {
  /** Rejects with `unauthorized` without a login, and with `invalid-input` for a budget that cannot be held. */
  readonly contribution: Contribution;
}

/** Mounts the gateway, so that agents' processes that have outlived the host find it again. */
export function modelGateway(parts: ModelGatewayParts): ModelGateway {
  const { access, vault } = parts;
  /** Agents of which it is known that the vault's key is theirs, so that not every call looks into their homes. */
  const entitled = new Set<string>();
  const login = rereading(parts);
  const ask = async (alias: string): Promise<Access> => {
    const agent = parts.agents().get(alias);
    if (agent === undefined) throw new SpoolError('unauthorized', `there is no agent ${alias} any more`);
    if (!entitled.has(alias) && !(await hasVaultLogin(agent))) throw notEntitled(alias);
    entitled.add(alias);
    const credential = await login();
    if (credential === undefined) throw noLogin(alias);
    if (credential.kind !== 'apiKey') throw otherKind(alias);
    return { key: credential.key, baseUrl: credential.baseUrl ?? OPENAI, budget: agent.budget ?? {} };
  };
  const gateway = lazily(async () => await openGateway(parts, ask));
  access.mount(PREFIX, (request, response, agent) => {
    gateway.get().then(
      ({ handle }) => handle(request, response, agent),
      () => response.destroy(),
    );
  });
  return {
    async contribution({ config, info }) {
      const choice = await credentialChoice({ config, codexHome: info.codexHome });
      const kind = choice === 'vault' ? (await vault.get(CODEX_CREDENTIAL))?.kind : undefined;
      const chosen = config.credential === 'vault' || hasOwnCodexHome(config);
      if (choice === 'vault' && kind === undefined && chosen) throw noLogin(config.alias);
      if (kind !== 'apiKey') {
        entitled.delete(config.alias);
        if (config.budget !== undefined) throw budgetNotHeld(config.alias);
        return {};
      }
      entitled.add(config.alias);
      const { url, token } = await access.admit(config.alias);
      return { gateway: { url: `${url}${PREFIX}`, token } };
    },
    async [Symbol.asyncDispose]() {
      await (await gateway.current)?.[Symbol.asyncDispose]();
    },
  };
}

async function openGateway({ paths, env, logger }: ModelGatewayParts, accessOf: (alias: string) => Promise<Access>): Promise<Gateway> {
  const [{ createGateway }, { Ledger }] = await Promise.all([import('../doors/model/gateway.js'), import('../doors/model/ledger.js')]);
  // Beside the vault, where no agent can put it back to nothing.
  const ledger = new Ledger({ file: join(dirname(paths.credentials), 'model-use.json'), clock: systemClock, logger });
  return createGateway({ prefix: PREFIX, accessOf, ledger, proxies: env, logger });
}

/** Reads the vault again only when its file is another one: a keyring takes longer than a model's first word should wait. */
function rereading({ vault, paths }: Pick<ModelGatewayParts, 'vault' | 'paths'>): () => Promise<Credential | undefined> {
  let last: { readonly version: string; readonly credential: Credential | undefined } | undefined;
  return async () => {
    const version = versionOf(paths.credentials);
    if (version !== undefined && last?.version === version) return last.credential;
    const credential = await vault.get(CODEX_CREDENTIAL);
    last = version === undefined ? undefined : { version, credential };
    return credential;
  };
}

/** Changes with the file's content, with who may read it, and when another one takes its place. */
function versionOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}

async function hasVaultLogin(agent: AgentInfo): Promise<boolean> {
  return (await credentialChoice({ config: agent, codexHome: agent.codexHome })) === 'vault';
}

function noLogin(alias: string): SpoolError {
  return new SpoolError('unauthorized', `there is no login with which agent ${alias} could ask a model`, { hint: 'spool login codex' });
}

function notEntitled(alias: string): SpoolError {
  return new SpoolError('unauthorized', `agent ${alias} has the login of its own CODEX_HOME, and no other`, {
    hint: `set "credential": "vault" in its file to give it the one of spool login codex`,
  });
}

function otherKind(alias: string): SpoolError {
  return new SpoolError('unauthorized', `the login of this host is a ChatGPT one now; agent ${alias} began this conversation with a key`, {
    hint: 'go on in a new session, or log in with a key again: spool login codex --api-key',
  });
}

function budgetNotHeld(alias: string): SpoolError {
  return new SpoolError(
    'invalid-input',
    `agent ${alias} has a budget, which can be held only where the host sees every call: with an API key of the vault`,
    {
      hint: 'log in with "spool login codex --api-key" and set "credential": "vault" in the agent\'s file, or take the budget out of it',
    },
  );
}
