/** Which environment variables the model providers of a Codex configuration take their keys from. */

// Strings and comments are matched first and passed over, so an `env_key` inside of them does not count. This is no TOML parser: it is good
// enough for a warning.
const STRING = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/;
const ENV_KEY = /(?<![\w-])(?:env_key|"env_key")[ \t]*=[ \t]*(?:"([^"\\\n]*)"|'([^'\n]*)')/;
const TOKENS = new RegExp(`#[^\\n]*|${ENV_KEY.source}|${STRING.source}`, 'g');

/** The values of `env_key` in the text of a config.toml, each once. */
export function providerKeys(toml: string): string[] {
  const names = [...toml.matchAll(TOKENS)].map(([, basic, literal]) => basic ?? literal ?? '');
  return [...new Set(names.filter((name) => name !== ''))];
}
