/** What the commands about a host in the background say of it. */

import { SpoolError } from '../base/errors.js';
import type { RouteResult } from '../contract/routes.js';
import { clientOf } from './connect.js';
import type { Io } from './output.js';

export interface HostFacts {
  readonly url: string;
  readonly pid: number;
  readonly version: string | null;
  readonly startedAt: string | null;
  readonly uptimeSeconds: number | null;
  /** Whether /healthz answers. */
  readonly healthz: boolean;
  /** What /v1/status says; absent when it says nothing, and then why. */
  readonly status?: RouteResult<'status'>;
  readonly statusError?: string;
}

/** What a host says of itself, by the token of this home. Never rejects for what it does not say. */
export async function hostFacts({ url, pid }: { readonly url: string; readonly pid: number }, io: Io): Promise<HostFacts> {
  const client = clientOf({ host: url, token: undefined }, io);
  const healthz = await client.call('healthz', {}).then(
    () => true,
    () => false,
  );
  try {
    const status = await client.status();
    const { version, startedAt } = status;
    const uptimeSeconds = Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 1000));
    return { url, pid, version, startedAt, uptimeSeconds, healthz, status };
  } catch (error) {
    return { url, pid, version: null, startedAt: null, uptimeSeconds: null, healthz, statusError: SpoolError.from(error).message };
  }
}

/** A command line as it is typed. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
