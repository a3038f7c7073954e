/** Start, stop and restart of the host of a home: by the service manager where a unit of ours is installed, else on its own. */

import { SpoolError } from '../../base/errors.js';
import type { HomePaths } from '../../base/home-paths.js';
import type { Environment } from '../environment.js';
import type { HostFile } from '../host-file.js';
import { flagsOf, liveHost, ready, startInBackground, stopHost } from './background.js';
import type { CommandLine } from './managers.js';
import { servicePlan } from './plan.js';
import { type InstalledUnit, type Service, serviceOf } from './user-service.js';

/** The environment, and where its home lies. */
export interface Place {
  readonly env: Environment;
  readonly places: HomePaths;
}

export interface Started {
  readonly host: HostFile;
  /** False when it ran already. */
  readonly started: boolean;
  readonly by: 'service' | 'background';
}

/** `flags` are those of `spool serve`; undefined when none were given. Rejects with `runtime-failed` and what the host said when it does not come up. */
export async function startDaemon({ env, places: paths }: Place, flags: readonly string[] | undefined): Promise<Started> {
  const unit = installedUnit(env);
  const byService = unit !== undefined && (await unit.service.reachable());
  const by = byService ? 'service' : 'background';
  if (byService && flags !== undefined) {
    throw new SpoolError('invalid-input', 'a service is installed for this home, and it has flags of its own', {
      hint: `spool daemon install ${flags.join(' ')} --now writes it anew`,
    });
  }
  const running = await runningHost(paths);
  if (running !== undefined) return { host: running, started: false, by };
  if (!byService) return { host: await startInBackground(env, paths, flags ?? flagsOfUnit(unit) ?? []), started: true, by };
  return { host: await startService(unit.service, paths), started: true, by };
}

/** The host that runs, once it answers. */
async function runningHost(paths: HomePaths): Promise<HostFile | undefined> {
  const host = await liveHost(paths);
  if (host === undefined) return undefined;
  const answering = await ready(paths, async () => (await liveHost(paths)) === undefined);
  if (answering !== undefined || (await liveHost(paths)) === undefined) return answering;
  throw new SpoolError('unavailable', `the host of this home (pid ${host.pid}) runs and does not answer at ${host.url}`, {
    hint: 'spool daemon restart',
  });
}

/** What was stopped; undefined when none ran. Its running turns go on. */
export async function stopDaemon({ env, places: paths }: Place): Promise<HostFile | undefined> {
  const host = await liveHost(paths);
  if (host === undefined) return undefined;
  const unit = installedUnit(env);
  if (unit !== undefined && (await unit.service.reachable())) await unit.service.stop();
  // The service may not be what ran.
  const still = await liveHost(paths);
  if (still !== undefined) await stopHost(still);
  return host;
}

/** Where none runs, it is started. The address stays the same unless other flags are given. */
export async function restartDaemon(place: Place, flags: readonly string[] | undefined): Promise<Started & { readonly stopped: boolean }> {
  const { env, places: paths } = place;
  const unit = installedUnit(env);
  if (unit !== undefined && (await unit.service.reachable())) {
    const stopped = flags === undefined && (await stopDaemon(place)) !== undefined;
    return { ...(await startDaemon(place, flags)), stopped };
  }
  const before = await liveHost(paths);
  const kept = before === undefined ? flags : sameAddress(before, flags ?? flagsOf(paths, before));
  await stopDaemon(place);
  return { ...(await startDaemon(place, kept)), stopped: before !== undefined };
}

export interface InstallDone {
  readonly file: string;
  readonly ran: readonly CommandLine[];
  readonly left: readonly CommandLine[];
  /** The host, where it was started too. */
  readonly host: HostFile | undefined;
}

/** Writes the unit of this home. With `now` a host that runs is stopped first, and goes on as the service. */
export async function installDaemon(place: Place, flags: readonly string[], now: boolean): Promise<InstallDone> {
  const { env, places: paths } = place;
  const service = serviceOf(env);
  const { file, start } = service.manager;
  const plan = servicePlan(env, paths, flags);
  const { ran, left } = await service.install(plan);
  if (!now || left.length > 0) return { file, ran, left: now ? [...left, start] : left, host: undefined };
  await stopDaemon(place);
  const host = await startService(service, paths);
  return { file, ran: [...ran, start], left, host };
}

/** The unit as it would be written; nothing is. */
export function previewUnit({ env, places: paths }: Place, flags: readonly string[]): { readonly file: string; readonly text: string } {
  const { manager } = serviceOf(env);
  return { file: manager.file, text: manager.render(servicePlan(env, paths, flags)) };
}

async function startService(service: Service, paths: HomePaths): Promise<HostFile> {
  await service.start();
  const host = await ready(paths, () => service.failed());
  if (host !== undefined) return host;
  throw new SpoolError('runtime-failed', `the service did not start; the end of what it said:\n${await service.said()}`, {
    hint: `${service.manager.logs.join(' ')} shows it again, "spool doctor" what is missing`,
  });
}

interface OurUnit extends InstalledUnit {
  readonly service: Service;
}

/** The unit of this home; none where there are no services, or somebody else's has its name. */
function installedUnit(env: Environment): OurUnit | undefined {
  try {
    const service = serviceOf(env);
    const unit = service.installed();
    return unit === undefined ? undefined : { ...unit, service };
  } catch (error) {
    const { code } = SpoolError.from(error);
    if (code === 'unsupported' || code === 'conflict') return undefined;
    throw error;
  }
}

function flagsOfUnit(unit: OurUnit | undefined): string[] | undefined {
  const command = unit?.content?.command;
  return command?.slice(command.indexOf('serve') + 1);
}

/** The flags with the port that the host has, and its address where it was given none. */
function sameAddress({ url }: HostFile, flags: readonly string[] | undefined): string[] {
  const { port, hostname } = new URL(url);
  const bind = flags === undefined && hostname !== '127.0.0.1' ? ['--bind', hostname.replace(/^\[|\]$/g, '')] : [];
  const given = flags ?? bind;
  const at = given.indexOf('--port');
  // A port that was left to chance is kept too: clients know it by now.
  if (at >= 0 && given[at + 1] !== '0') return [...given];
  return [...(at < 0 ? given : given.toSpliced(at, 2)), '--port', port];
}
