/**
 * `spool/testing`: what it takes to test a host of coding agents without a network: an offline model for the real Codex binary,
 * and a hand-turned clock.
 */

export { ManualClock } from './manual-clock.js';
export { offlineCodexConfig, prepareOfflineHome, type OfflineConfigOptions } from './offline-model/home.js';
export {
  chunks,
  cut,
  deltas,
  failed,
  httpError,
  mcpCall,
  patch,
  reasoning,
  shell,
  stall,
  text,
  together,
  toolCall,
  withUsage,
  type Call,
  type Ending,
  type Part,
  type Reply,
  type StreamReply,
  type Usage,
} from './offline-model/reply.js';
export type { InputItem, ModelRequest, RequestBody, ToolOutput } from './offline-model/request.js';
export { attempts, byPrompt, sequence, type Script } from './offline-model/script.js';
export { startOfflineModel, type OfflineModel, type OfflineModelOptions } from './offline-model/server.js';
export { tempHome, type TempHome } from './temp-home.js';
