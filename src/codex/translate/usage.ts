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
