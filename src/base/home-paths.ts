/**
 * Where a host keeps its things, from the environment alone: nothing is read or made here. `SPOOL_HOME` holds everything when it
 * is set; otherwise the XDG folders do (on Windows the roaming and local application data).
 */

import { posix, win32 } from 'node:path';

/** Absolute paths; folders are to be made with mode 0700, files with 0600. */
export interface HomePaths {
  /** The one folder that names this home to people: `SPOOL_HOME`, else the data folder. */
  readonly home: string;
  /** What the user may edit. */
  readonly config: string;
  /** What must not be lost. */
  readonly data: string;
  /** What is only worth something while a host runs: the lock, sockets. */
  readonly run: string;
  /** The file with the owner's token. */
  readonly token: string;
  /** What was switched on or off, and what to repeat of it. */
  readonly settings: string;
  /** The file of the vault, with the credentials for models that were given to this home. Its folder holds what no command of an agent may read. */
  readonly credentials: string;
  /** The folder of the event log. */
  readonly log: string;
  /** Holds `<alias>/config.json`. */
  readonly agents: string;
  /** Holds a file for each agent whose process is none of the host. */
  readonly outsideAgents: string;
  /** Holds a file for each webhook, which says how far it has come. */
  readonly webhooks: string;
  /** What this host is called among others. */
  readonly nodeId: string;
  /** Holds a CODEX_HOME for each agent that has its own. */
  readonly homes: string;
  /** Throwaway homes of logins that are going on. */
  readonly logins: string;
  /** Where Codex is installed when it is installed by Spool. */
  readonly codex: string;
  /** What a running host says of itself: url, pid. */
  readonly hostFile: string;
  /** Where a host in the background writes its diagnostics. */
  readonly diagnostics: string;
  /** What `spool setup` did. */
  readonly setupLog: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `homedir` is the user's home; `platform` as in `process.platform`. An XDG path that is not absolute is ignored, as XDG says. */
export function homePaths(env: Environment, homedir: string, platform: string = 'linux'): HomePaths {
  const path = platform === 'win32' ? win32 : posix;
  const set = (name: string): string | undefined => {
    const value = env[name];
    return value !== undefined && path.isAbsolute(value) ? path.join(value, 'spool') : undefined;
  };
  const own = env['SPOOL_HOME'];
  if (own !== undefined && own !== '') {
    const home = path.resolve(own);
    return placesIn({ home, config: home, data: home, run: path.join(home, 'run'), state: home }, path.join);
  }
  const roaming = platform === 'win32' ? set('APPDATA') : undefined;
  const local = platform === 'win32' ? set('LOCALAPPDATA') : undefined;
  const config = set('XDG_CONFIG_HOME') ?? roaming ?? path.join(homedir, '.config', 'spool');
  const data = set('XDG_DATA_HOME') ?? local ?? path.join(homedir, '.local', 'share', 'spool');
  const state = set('XDG_STATE_HOME') ?? local ?? path.join(homedir, '.local', 'state', 'spool');
  const run = set('XDG_RUNTIME_DIR') ?? path.join(state, 'run');
  return placesIn({ home: data, config, data, run, state }, path.join);
}

function placesIn(
  roots: { home: string; config: string; data: string; run: string; state: string },
  join: (...parts: string[]) => string,
): HomePaths {
  const { home, config, data, run, state } = roots;
  return {
    home,
    config,
    data,
    run,
    token: join(config, 'token'),
    settings: join(config, 'settings.json'),
    credentials: join(data, 'vault', 'credentials.json'),
    log: join(data, 'log'),
    agents: join(data, 'agents'),
    outsideAgents: join(data, 'outside-agents'),
    webhooks: join(data, 'webhooks'),
    nodeId: join(data, 'node-id'),
    homes: join(data, 'homes'),
    logins: join(run, 'login'),
    codex: join(data, 'codex'),
    hostFile: join(run, 'host.json'),
    diagnostics: join(state, 'diagnostics'),
    setupLog: join(state, 'diagnostics', 'setup.log'),
  };
}
