/** What the model providers of a Codex configuration need: which variables their keys are taken from, and whether OpenAI's login at all. */

import { SpoolError } from '../base/errors.js';
import type { TomlValue } from '../codex/config-file/managed-config.js';
import { readToml } from '../codex/config-file/toml-read.js';

/** The values of `env_key` of all providers in the text of a config.toml, each once. */
export function providerKeys(toml: string): string[] {
  const providers = Object.values(tableOf(read(toml)['model_providers']));
  const names = providers.map((provider) => tableOf(provider)['env_key']);
  return [...new Set(names.filter((name) => typeof name === 'string' && name !== ''))] as string[];
}

/** The provider that takes the place of OpenAI's, which needs no login with Codex. */
export function ownProvider(toml: string): string | undefined {
  return providerIn(read(toml));
}

/** The same of a configuration that has been read; that of the profile in use goes first. */
export function providerIn(config: Table): string | undefined {
  const profile = tableOf(tableOf(config['profiles'])[String(config['profile'])]);
  const provider = profile['model_provider'] ?? config['model_provider'];
  return typeof provider === 'string' && provider !== '' && provider !== 'openai' ? provider : undefined;
}

type Table = Readonly<Record<string, TomlValue | undefined>>;

/** What is no TOML says nothing here: whoever asks has had Codex look at the file first. */
function read(toml: string): Table {
  try {
    return readToml(toml);
  } catch (error) {
    if (error instanceof SpoolError) return {};
    throw error;
  }
}

function tableOf(value: TomlValue | undefined): Table {
  return typeof value === 'object' && !Array.isArray(value) ? (value as Table) : {};
}
