/**
 * A CODEX_HOME whose config.toml sends Codex to the offline model and nowhere else.
 */

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface OfflineConfigOptions {
  /** `gpt-5.5` unless given; `gpt-6.1-sol` is one that works in code mode. */
  readonly model?: string;
  /** Work directories that are written down as trusted: their sandbox lets Codex write there. */
  readonly trust?: readonly string[];
  /** Codex may make pictures, and asks the offline model for them; not unless given. */
  readonly images?: boolean;
  /** Features of Codex that are off by themselves and on here, as `request_permissions_tool`. */
  readonly features?: readonly string[];
  /** Codex asks the model with its login of OpenAI, where it has one. */
  readonly openaiLogin?: boolean;
  /** How often Codex repeats a request that failed with a 5xx status; 1 unless given. */
  readonly requestRetries?: number;
  /** How often Codex opens a new stream after a broken one; 2 unless given. */
  readonly streamRetries?: number;
  /** More TOML, put at the very end: tables only. */
  readonly more?: string;
}

/** The text of a config.toml that points Codex at `model`. No credential is needed. */
export function offlineCodexConfig(model: { readonly url: string }, options: OfflineConfigOptions = {}): string {
  const lines = [
    `model = ${toml(options.model ?? 'gpt-5.5')}`,
    'model_provider = "offline"',
    'check_for_update_on_startup = false',
    '',
    '[model_providers.offline]',
    'name = "Offline model"',
    `base_url = ${toml(model.url)}`,
    'wire_api = "responses"',
    ...(options.openaiLogin === true ? ['requires_openai_auth = true'] : []),
    `request_max_retries = ${options.requestRetries ?? 1}`,
    `stream_max_retries = ${options.streamRetries ?? 2}`,
    // Codex offers its image tool where it speaks to OpenAI, and knows that by this header.
    ...(options.images === true ? ['http_headers = { "x-openai-actor-authorization" = "offline" }'] : []),
    '',
    '[analytics]',
    'enabled = false',
    '',
    '[features]',
    // Otherwise a model that went away is waited for without end, and a story that should fail hangs.
    'unbounded_connection_retries = false',
    'apps = false',
    'plugins = false',
    'remote_plugin = false',
    ...(options.features ?? []).map((name) => `${name} = true`),
    ...(options.trust ?? []).flatMap((directory) => ['', `[projects.${toml(directory)}]`, 'trust_level = "trusted"']),
    ...(options.more === undefined ? [] : ['', options.more]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Makes `directory` (0700) a CODEX_HOME for `model` and resolves to it; its config.toml (0600) is replaced. */
export async function prepareOfflineHome(
  directory: string,
  model: { readonly url: string },
  options: OfflineConfigOptions = {},
): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'config.toml');
  await writeFile(file, offlineCodexConfig(model, options), { mode: 0o600 });
  // The mode above counts for a new file only.
  await chmod(file, 0o600);
  return directory;
}

// JSON's strings are TOML's basic strings, but for DEL, which no path or model has.
function toml(value: string): string {
  return JSON.stringify(value);
}
