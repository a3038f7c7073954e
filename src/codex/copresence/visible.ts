/** Answers of Codex as one terminal may see them: without other people's conversations, and without secrets. */

import type { Family } from './family.js';

type Show = (result: unknown, family: Family) => unknown;

const SHOWN: Readonly<Record<string, Show>> = {
  'thread/list': (result, family) => withData(result, (thread) => family.takes(thread)),
  'thread/loaded/list': (result, family) => withData(result, (id) => typeof id === 'string' && family.has(id)),
  'config/read': (result) => withoutSecrets(result),
  /**
   * Older versions show their login page where their own configuration wants one and the process here has none, although it needs none:
   * it asks the model with what the host gives it.
   */
  'account/read': (result) => (fieldsOf(result)?.['account'] === null ? { ...fieldsOf(result), account: { type: 'apiKey' } } : result),
};

/** What of a result is shown; undefined for methods whose answers go through as they are. */
export function shownOf(method: string): Show | undefined {
  return Object.hasOwn(SHOWN, method) ? SHOWN[method] : undefined;
}

function withData(result: unknown, keep: (one: unknown) => boolean): unknown {
  const fields = fieldsOf(result);
  const data = fields?.['data'];
  return Array.isArray(data) ? { ...fields, data: data.filter(keep) } : result;
}

/** Tables of a config.toml in which keys and tokens stand. The interface needs none of them. */
const SECRET: ReadonlySet<string> = new Set(['mcp_servers', 'model_providers', 'shell_environment_policy', 'otel', 'notify']);

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  const fields = fieldsOf(value);
  if (fields === undefined) return value;
  return Object.fromEntries(Object.entries(fields).flatMap(([key, one]) => (SECRET.has(key) ? [] : [[key, withoutSecrets(one)]])));
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}
