/** The settings of a server at an address (streamable HTTP): the address and what is sent with each request. */

import { SpoolError } from '../../base/errors.js';
import type { Draft } from './draft.js';
import type { ServerFields } from './fields.js';
import { fromEnvironment } from './map-stdio.js';
import { bearerVariable, placeholdersIn, resolved, solePlaceholder } from './placeholders.js';

export function mapHttp(written: string, left: ServerFields, draft: Draft): void {
  const url = draft.filled('url', written);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new SpoolError('invalid-input', 'url is no address that begins with http:// or https://');
  }
  draft.values['url'] = url;
  draft.literal('url', '', url);
  if (/\/sse\/?$/.test(new URL(url).pathname)) {
    draft.warnings.push(
      'url ends with /sse: should it speak only SSE, Codex cannot reach it; many such servers have an address for streamable HTTP too',
    );
  }
  mapHeaders(left, draft);
}

function mapHeaders(left: ServerFields, draft: Draft): void {
  const headers: Record<string, string> = {};
  const fromVariables: Record<string, string> = Object.fromEntries(left.map('env_http_headers') ?? []);
  let bearer = left.text('bearer_token_env_var');
  for (const [name, header] of left.map('headers', 'http_headers') ?? []) {
    const value = resolved(header, draft.around);
    const token = name.toLowerCase() === 'authorization' ? bearerVariable(value) : undefined;
    const sole = solePlaceholder(value);
    if (token !== undefined) bearer = token;
    else if (placeholdersIn(value).length === 0) {
      headers[name] = value;
      draft.literal('headers', name, value);
    } else if (sole?.variable !== undefined && sole.fallback === undefined) fromVariables[name] = sole.variable;
    else
      draft.warnings.push(
        `headers.${name} is not carried over: ${placeholdersIn(value)[0]?.text ?? ''} has no place in Codex's configuration`,
      );
  }
  if (Object.keys(headers).length > 0) draft.values['http_headers'] = headers;
  if (Object.keys(fromVariables).length > 0) draft.values['env_http_headers'] = fromVariables;
  if (bearer !== undefined) draft.values['bearer_token_env_var'] = bearer;
  if (bearer !== undefined) draft.warnings.push(fromEnvironment([bearer], 'the server does not start'));
  const variables = Object.values(fromVariables);
  if (variables.length > 0) draft.warnings.push(fromEnvironment(variables, 'the headers are left out'));
}
