/** What Codex has counted of a thread's tokens, as its rollout says last. A rollout may be long, so it is read from its end. */

import { open } from 'node:fs/promises';
import type { Usage } from '../../contract/item.js';
import { entryOf, type Fields, fieldsOf } from './entry.js';

export interface Tokens {
  /** Of the thread since its beginning. */
  readonly total: Usage;
  readonly contextWindow: number | null;
}

const FIRST_LOOK = 256 * 1024;

/** Undefined where nothing was counted yet. */
export async function tokensIn(file: string): Promise<Tokens | undefined> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  for (let length = FIRST_LOOK; ; length *= 4) {
    const from = Math.max(0, size - length);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
    // What is before the first line's end may be the rest of a line.
    const found = lastCount(from === 0 ? lines : lines.slice(1));
    if (found !== undefined || from === 0) return found;
  }
}

function lastCount(lines: readonly string[]): Tokens | undefined {
  for (const line of lines.toReversed()) {
    const tokens = line.includes('"token_count"') ? tokensOf(entryOf(line)?.payload) : undefined;
    if (tokens !== undefined) return tokens;
  }
  return undefined;
}

/** Before the model has answered for the first time, an entry says that nothing is known. */
function tokensOf(payload: Fields | undefined): Tokens | undefined {
  const info = payload?.['type'] === 'token_count' ? fieldsOf(payload['info']) : undefined;
  const total = fieldsOf(info?.['total_token_usage']);
  if (total === undefined) return undefined;
  const contextWindow = info?.['model_context_window'];
  return { total: usageIn(total), contextWindow: typeof contextWindow === 'number' ? contextWindow : null };
}

/** Token counts in the names that Codex writes them with. */
export function usageIn(counts: Fields): Usage {
  const count = (name: string): number => {
    const value = counts[name];
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
  };
  const [inputTokens, outputTokens] = [count('input_tokens'), count('output_tokens')];
  return {
    inputTokens,
    cachedInputTokens: count('cached_input_tokens'),
    outputTokens,
    reasoningTokens: count('reasoning_output_tokens'),
    totalTokens: count('total_tokens') || inputTokens + outputTokens,
  };
}
