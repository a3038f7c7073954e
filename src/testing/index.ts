/**
 * `spool/testing`: what it takes to test a host of coding agents without a network or an account: an offline model for the real
 * Codex binary, a scripted Codex for faults that the real one will not produce, and the small things around them.
 */

export { type AgentUnderTest, agentAcceptance } from './agent-acceptance.js';
export { codexBinary } from './codex-binary.js';
export { type FakeCodexThread, fakeCodexThreads } from './fake-codex/history.js';
export { type InstallFakeOptions, installFakeCodex, prepareFakeHome } from './fake-codex/install.js';
export { type FakeCodexAnswer, fakeCodexAnswers } from './fake-codex/questions.js';
export type { FakeCodexSettings } from './fake-codex/settings.js';
export { type LogUnderTest, logAcceptance } from './log-acceptance.js';
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
  image,
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
export { type AgentCall, type AgentScript, ScriptedAgent, ScriptedThread } from './scripted-agent.js';
export { type ScriptedEnd, type ScriptedTransport, scriptedTransport } from './scripted-codex/in-memory.js';
export { type InstallOptions, installScriptedCodex, playedBy } from './scripted-codex/install.js';
export { type ListeningCodex, listenScriptedCodex } from './scripted-codex/listen.js';
export { type RecordOptions, recordScript } from './scripted-codex/record.js';
export {
  always,
  answer,
  type CodexFrame,
  type CodexStep,
  close,
  emit,
  exit,
  expectCall,
  handshake,
  raw,
  reply,
  replyError,
  waitFor,
} from './scripted-codex/steps.js';
export { type SnapshotsUnderTest, snapshotsAcceptance } from './snapshots-acceptance.js';
export { type TempHome, tempHome } from './temp-home.js';
export type { TestRunner } from './test-runner.js';
