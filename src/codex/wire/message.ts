/** One message of the wire told apart from the others: like JSON-RPC 2.0, but without its `jsonrpc` field. */

/** Codex counts its own requests from 0, so an id is compared with `undefined` and never by truth. */
export type RequestId = string | number;

/** The error of an answer. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export type Message =
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown; readonly emittedAtMs: number | undefined }
  | { readonly kind: 'result'; readonly id: RequestId; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: RequestId; readonly error: RpcError };

/** What a text says; undefined when it is no message at all. A method makes it a request or notification, whatever else it holds. */
export function readMessage(text: string): Message | undefined {
  const value = parse(text);
  if (value === undefined) return undefined;
  const { id, method, params } = value;
  const known = typeof id === 'string' || typeof id === 'number' ? id : undefined;
  if (typeof method === 'string') {
    if (known !== undefined) return { kind: 'request', id: known, method, params };
    const { emittedAtMs } = value;
    return { kind: 'notification', method, params, emittedAtMs: typeof emittedAtMs === 'number' ? emittedAtMs : undefined };
  }
  if (known === undefined) return undefined;
  if ('error' in value) return { kind: 'error', id: known, error: readError(value.error) };
  return 'result' in value ? { kind: 'result', id: known, result: value.result } : undefined;
}

interface Fields {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly emittedAtMs?: unknown;
  readonly error?: unknown;
  readonly result?: unknown;
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // Whoever reads a text that is no JSON reports it as noise.
    return undefined;
  }
}

function readError(error: unknown): RpcError {
  const fields: { code?: unknown; message?: unknown; data?: unknown } = typeof error === 'object' && error !== null ? error : {};
  return {
    code: typeof fields.code === 'number' ? fields.code : 0,
    message: typeof fields.message === 'string' ? fields.message : JSON.stringify(error),
    ...(fields.data === undefined ? {} : { data: fields.data }),
  };
}
