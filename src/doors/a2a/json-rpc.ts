/** JSON-RPC, as version 1.0 and version 0.3 have it. The names of the methods tell which it is; the SDK reads and writes both. */

import { A2A_VERSION_HEADER } from '@a2a-js/sdk';
import { isLegacyJsonRpcMethod } from '@a2a-js/sdk/compat/v0_3';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import { A2A_ERROR_CODE, VersionNotSupportedError } from '@a2a-js/sdk/errors';
import { JsonRpcTransportHandler, ServerCallContext } from '@a2a-js/sdk/server';
import { SpoolError } from '../../base/errors.js';
import { readJsonBody } from '../json-body.js';
import { VERSIONS } from './card.js';
import { protocolError } from './errors.js';
import type { HubHandler } from './hub-handler.js';
import { dataFrame, errorFrame, type Frames } from './sse.js';

export type StreamAnswer = (frames: Frames) => Response;

type Id = string | number | null;

/** Never rejects: what goes wrong is an error of JSON-RPC. */
export async function answerJsonRpc(request: Request, handler: HubHandler, stream: StreamAnswer): Promise<Response> {
  let body: unknown;
  try {
    body = await readJsonBody(request);
  } catch (error) {
    return json(errorOf(null, unreadable(error)));
  }
  const { method, id } = callIn(body);
  const old = isLegacyJsonRpcMethod(method);
  const failure = (error: unknown): unknown => errorOf(id, mapped(error, old));
  try {
    const context = new ServerCallContext({ requestedVersion: versionOf(request, old ? '0.3' : '1.0') });
    const transport = old ? new LegacyJsonRpcTransportHandler(handler) : new JsonRpcTransportHandler(handler);
    const answer = await transport.handle((body ?? null) as Record<string, unknown>, context);
    if (!(Symbol.asyncIterator in answer)) return json(answer);
    const rest = framesOf(answer);
    return stream({ first: await rest.next(), rest, failure: (error) => errorFrame(failure(error)) });
  } catch (error) {
    return json(failure(error));
  }
}

async function* framesOf(answers: AsyncIterable<unknown>): AsyncGenerator<string, void> {
  for await (const answer of answers) yield dataFrame(answer);
}

/** Throws `VersionNotSupportedError` for a version that is none of ours. Whoever names none means `assumed`. */
export function versionOf(request: Request, assumed: string, known: readonly string[] = VERSIONS): string {
  const header = request.headers.get(A2A_VERSION_HEADER)?.trim() ?? '';
  if (header === '') return assumed;
  const version = known.find((one) => header === one || header.startsWith(`${one}.`));
  if (version !== undefined) return version;
  throw new VersionNotSupportedError(`version ${header} of A2A is not spoken here: ${known.join(' and ')}`);
}

function callIn(body: unknown): { method: unknown; id: Id } {
  if (typeof body !== 'object' || body === null) return { method: undefined, id: null };
  const id = 'id' in body && (typeof body.id === 'string' || typeof body.id === 'number') ? body.id : null;
  return { method: 'method' in body ? body.method : undefined, id };
}

function mapped(thrown: unknown, old: boolean): unknown {
  const error = protocolError(thrown);
  return old ? LegacyJsonRpcTransportHandler.mapToLegacyJSONRPCError(error) : JsonRpcTransportHandler.mapToJSONRPCError(error);
}

function unreadable(thrown: unknown): unknown {
  const error = SpoolError.from(thrown);
  // Where it breaks is told only of what was to be JSON.
  if (error.details?.['position'] === undefined) return mapped(error, false);
  return { code: A2A_ERROR_CODE.PARSE_ERROR, message: error.message };
}

function errorOf(id: Id, error: unknown): unknown {
  return { jsonrpc: '2.0', id, error };
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } });
}
