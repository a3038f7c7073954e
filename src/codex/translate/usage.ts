/** Token counts. Codex counts cached input within the input and reasoning within the output; so do we. */

import type { Usage } from '../../contract/item.js';
import type * as Codex from '../generated/protocol.js';

export function usageOf(tokens: Codex.TokenUsageBreakdown): Usage {
  return {
    inputTokens: tokens.inputTokens,
    cachedInputTokens: tokens.cachedInputTokens,
    outputTokens: tokens.outputTokens,
    reasoningTokens: tokens.reasoningOutputTokens,
    totalTokens: tokens.totalTokens,
  };
}

export function addUsage(sum: Usage | null, more: Usage): Usage {
  if (sum === null) return more;
  return {
    inputTokens: sum.inputTokens + more.inputTokens,
    cachedInputTokens: sum.cachedInputTokens + more.cachedInputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    reasoningTokens: sum.reasoningTokens + more.reasoningTokens,
    totalTokens: sum.totalTokens + more.totalTokens,
  };
}
