/** A host with its doors open: what `spool serve` runs and what a program may start inside itself. */

import { systemClock } from '../base/clock.js';
import { processStart } from '../base/process.js';
import { Stack } from '../base/stack.js';
import { a2aDoor } from '../doors/a2a/a2a.js';
import { codexdDoor } from '../doors/codexd/codexd.js';
import { startHttp } from '../doors/http/server.js';
import { mcpDoor } from '../doors/mcp/mcp.js';
import { terminalDoor } from '../doors/terminal/terminal-door.js';
import { wsDoor } from '../doors/ws/ws.js';
import type { Host } from '../host/face.js';
import type { OnReview } from '../host/review-desk.js';
import type { HostTools } from '../host/tools/host-tools.js';
import type { HostTool } from '../host/tools/tool.js';
import type { Hub } from '../network/face.js';
import { allowedHosts, allowedOrigins } from './allowed.js';
import { compose } from './compose.js';
import type { Environment } from './environment.js';
import { removeHostFile, writeHostFile } from './host-file.js';
import { ownerToken } from './token.js';

export const DEFAULT_PORT = 4319;

export interface StartHostOptions {
  /** Settings (SPOOL_HOME, SPOOL_LOG, SPOOL_CODEX_BIN, CODEX_HOME, ...); usually `process.env`. */
  readonly env: Environment;
  /** 0 picks a free one. Default 4319. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly bind?: string | undefined;
  /** Lets everybody in who can reach the port; refused on anything but loopback. */
  readonly insecureNoAuth?: boolean | undefined;
  /** Names beside those of this machine that may stand in the Host header: `name` with any port, or `name:port`. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins beside the host's own whose pages may call it, as `https://name:port`. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Overrides SPOOL_HOME. */
  readonly home?: string | undefined;
  /** Overrides SPOOL_LOG. */
  readonly logLevel?: string | undefined;
  readonly keepRunningTurns?: boolean | undefined;
  /** As in `openHost`. */
  readonly onReview?: OnReview | undefined;
  readonly tools?: readonly HostTool[] | undefined;
}

export interface RunningHost extends AsyncDisposable {
  readonly url: string;
  /** Null with `insecureNoAuth`. */
  readonly token: string | null;
  readonly tokenFile: string;
  readonly home: string;
  readonly version: string;
  readonly pid: number;
  readonly host: Host;
  readonly hub: Hub;
  /** What this program offers to its agents. */
  readonly tools: HostTools;
  /** Closes the doors, then the host. Twice is fine. */
  stop(): Promise<void>;
}

/** Starts a host. Rejects with `home-locked`, `port-in-use`, `log-too-new`, `invalid-input`; then nothing is left running. */
export async function startHost(options: StartHostOptions): Promise<RunningHost> {
  const stack = new Stack();
  try {
    return await start(options, stack);
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(options: StartHostOptions, stack: Stack): Promise<RunningHost> {
  const { env, home, logLevel, keepRunningTurns, onReview, tools: offered } = options;
  const allowed = { allowedHosts: allowedHosts(options.allowedHosts ?? []), allowedOrigins: allowedOrigins(options.allowedOrigins ?? []) };
  const { host, hub, tools, paths, logger } = await compose({ env, home, logLevel, keepRunningTurns, onReview, tools: offered });
  stack.use(host);
  const token = options.insecureNoAuth === true ? null : ownerToken(paths.token);
  const terminals = stack.use(terminalDoor({ host, clock: systemClock, logger }));
  const server = stack.use(
    await startHttp({
      host,
      hub,
      port: options.port ?? DEFAULT_PORT,
      bind: options.bind ?? '127.0.0.1',
      auth: token === null ? 'none' : { token },
      principals: hub.principalOf,
      ...allowed,
      doors: [wsDoor, codexdDoor, mcpDoor, a2aDoor],
      terminal: terminals.open,
      logger,
    }),
  );
  const pid = process.pid;
  writeHostFile(paths.hostFile, { pid, url: server.url, start: await processStart(pid) });
  stack.defer(() => removeHostFile(paths.hostFile, pid));
  const stop = (): Promise<void> => stack[Symbol.asyncDispose]();
  return {
    url: server.url,
    token,
    tokenFile: paths.token,
    home: paths.home,
    version: host.version,
    pid,
    host,
    hub,
    tools,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
