/**
 * `spool/testing`: what it takes to test a host of coding agents without a network: an offline model for the real Codex binary,
 * and a hand-turned clock.
 */

export { ManualClock } from './manual-clock.js';
export { type OfflineConfigOptions, offlineCodexConfig, prepareOfflineHome } from './offline-model/home.js';
export {
  type Call,
  chunks,
  cut,
  deltas,
  type Ending,
  failed,
  httpError,
  mcpCall,
  type Part,
  patch,
  type Reply,
  reasoning,
  type StreamReply,
  shell,
  stall,
  text,
  together,
  toolCall,
  type Usage,
  withUsage,
} from './offline-model/reply.js';
export type { InputItem, ModelRequest, RequestBody, ToolOutput } from './offline-model/request.js';
export { attempts, byPrompt, type Script, sequence } from './offline-model/script.js';
export { type OfflineModel, type OfflineModelOptions, startOfflineModel } from './offline-model/server.js';
export { type TempHome, tempHome } from './temp-home.js';
