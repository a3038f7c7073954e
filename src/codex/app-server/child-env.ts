/**
 * The environment of a Codex process: a closed list of names, so that no key or token of the host's environment ever gets into a
 * place where an agent's commands can read it. HOME is handed on as it is; only CODEX_HOME keeps homes apart.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names whose values are handed on, where they are set. */
export const HANDED_ON: readonly string[] = [
  ...['HOME', 'PATH', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'TMP', 'TEMP', 'TMPDIR'],
  ...bothCases(['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']),
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO'],
];

/** `extra` wins over the host's environment; nothing wins over `home`. */
export function childEnvironment(host: Environment, home: string, extra: Environment = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of HANDED_ON) {
    const value = host[name];
    if (value !== undefined) env[name] = value;
  }
  for (const [name, value] of Object.entries(extra)) if (value !== undefined) env[name] = value;
  return { ...env, ...straightHome(env), CODEX_HOME: home };
}

const PROXIES = bothCases(['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']);
const HERE = ['127.0.0.1', 'localhost'];

/** What Codex asks of this host does not go through a proxy, which could not reach it and would be shown the agent's token. */
function straightHome(env: Environment): Record<string, string> {
  if (!PROXIES.some((name) => env[name] !== undefined && env[name] !== '')) return {};
  const named = bothCases(['NO_PROXY']).flatMap((name) => (env[name] ?? '').split(','));
  const all = [...named.map((name) => name.trim()).filter((name) => name !== ''), ...HERE];
  const list = [...new Set(all)].join(',');
  return { NO_PROXY: list, no_proxy: list };
}

function bothCases(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [name, name.toLowerCase()]);
}
