/** The service managers that we know: where their units lie, and what is typed to have one come and go. No process is run here. */

import { isAbsolute, join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { Environment } from '../environment.js';
import { LAUNCHD_MARKER, readLaunchdPlist, renderLaunchdPlist } from './launchd-plist.js';
import { type ServicePlan, serviceName } from './plan.js';
import { readSystemdUnit, renderSystemdUnit, SYSTEMD_MARKER, type UnitContent } from './systemd-unit.js';

/** A program and its arguments. */
export type CommandLine = readonly string[];

export interface ServiceManager {
  /** What it calls the service. */
  readonly service: string;
  /** Where the unit lies. */
  readonly file: string;
  /** Stands in the units that are ours. */
  readonly marker: string;
  render(plan: ServicePlan): string;
  read(text: string): UnitContent | undefined;
  /** Ends with 0 where the manager of this user can be reached. */
  readonly probe: CommandLine;
  /** Makes a unit that was just written count, from the next login on. */
  readonly enable: readonly CommandLine[];
  /** Starts the service. `load` comes before it and may fail: then it was loaded already. */
  readonly load: CommandLine | undefined;
  readonly start: CommandLine;
  /** Stops it. Undefined where a signal to the host does: it is not started again then. */
  readonly stop: CommandLine | undefined;
  /** Ends with 0 when it has failed and is not tried again; undefined where that cannot be asked. */
  readonly isFailed: CommandLine | undefined;
  /** Stops the service and makes it forget the unit, before the file goes... */
  readonly disable: readonly CommandLine[];
  /** ...and after that. */
  readonly forget: readonly CommandLine[];
  /** Ends with 0 when it starts at login; undefined where the file alone says so. */
  readonly isEnabled: CommandLine | undefined;
  /** Shows what the service says. */
  readonly logs: CommandLine;
}

export interface Machine {
  readonly platform: string;
  readonly env: Environment;
  readonly homedir: string;
  readonly uid: number;
  readonly diagnostics: string;
}

/** The service manager of the user. Throws `unsupported` for a system of which we know none. */
export function serviceManager(machine: Machine): ServiceManager {
  const service = serviceName(machine.env);
  if (machine.platform === 'linux') return systemd(machine, service);
  if (machine.platform === 'darwin') return launchd(machine, service);
  throw new SpoolError('unsupported', `Spool knows no services on ${machine.platform}`, {
    hint: '"spool daemon start" runs a host in the background; have your system type it at login',
  });
}

function systemd({ env, homedir }: Machine, service: string): ServiceManager {
  const set = env['XDG_CONFIG_HOME'] ?? '';
  const config = isAbsolute(set) ? set : join(homedir, '.config');
  const unit = `${service}.service`;
  const reload = ['systemctl', '--user', 'daemon-reload'];
  return {
    service,
    file: join(config, 'systemd', 'user', unit),
    marker: SYSTEMD_MARKER,
    render: renderSystemdUnit,
    read: readSystemdUnit,
    probe: ['systemctl', '--user', 'show-environment'],
    enable: [reload, ['systemctl', '--user', 'enable', unit]],
    load: undefined,
    start: ['systemctl', '--user', 'start', unit],
    stop: ['systemctl', '--user', 'stop', unit],
    isFailed: ['systemctl', '--user', 'is-failed', unit],
    disable: [['systemctl', '--user', 'disable', '--now', unit]],
    forget: [reload],
    isEnabled: ['systemctl', '--user', 'is-enabled', unit],
    logs: ['journalctl', '--user', '--unit', unit, '--lines', '20', '--no-pager'],
  };
}

function launchd({ homedir, uid, diagnostics }: Machine, service: string): ServiceManager {
  const domain = `gui/${uid}`;
  const target = `${domain}/${service}`;
  const file = join(homedir, 'Library', 'LaunchAgents', `${service}.plist`);
  return {
    service,
    file,
    marker: LAUNCHD_MARKER,
    render: renderLaunchdPlist,
    read: readLaunchdPlist,
    probe: ['launchctl', 'print', domain],
    // What lies in the folder is loaded at login, unless it was disabled before.
    enable: [['launchctl', 'enable', target]],
    load: ['launchctl', 'bootstrap', domain, file],
    start: ['launchctl', 'kickstart', target],
    stop: undefined,
    isFailed: undefined,
    disable: [['launchctl', 'bootout', target]],
    forget: [],
    isEnabled: undefined,
    logs: ['tail', diagnostics],
  };
}
