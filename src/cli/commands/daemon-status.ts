/** `spool daemon status` */

import type { Check } from '../../daemon/check-codex.js';
import type { InstalledUnit, Service } from '../../daemon/service/user-service.js';
import { command } from '../command.js';
import { type HostFacts, hostFacts } from '../daemon-talk.js';
import type { Io } from '../output.js';
import { oneLine } from '../render/printable.js';
import { age, bytes } from '../render/words.js';

/** As service managers say it of a service that does not run. */
const NOT_RUNNING = 3;

export const daemonStatus = command({
  about: 'Shows whether the host of this home runs and answers, what it does, and whether it is a service. Exits 3 when none runs.',
  args: { json: { type: 'boolean', description: 'print JSON for programs' } },
  async run(args, io) {
    const { liveHost } = await import('../../daemon/service/background.js');
    const host = await liveHost(io.places);
    const facts = host === undefined ? undefined : await hostFacts(host, io);
    const service = await serviceFacts(io);
    if (args.json) io.json({ running: facts !== undefined, ...facts, service });
    else print(facts, service, io);
    return facts === undefined ? NOT_RUNNING : 0;
  },
});

interface ServiceFacts {
  readonly installed: boolean;
  readonly file: string | null;
  /** Whether it starts at login; null where nobody can be asked. */
  readonly enabled: boolean | null;
  /** What is wrong with the unit. */
  readonly problems: readonly Check[];
}

async function serviceFacts(io: Io): Promise<ServiceFacts> {
  const { checkService } = await import('../../daemon/service/check-service.js');
  const problems = checkService(io.env).filter(({ state }) => state !== 'good');
  const found = await installed(io);
  if (found === undefined) return { installed: false, file: null, enabled: null, problems };
  return { installed: true, file: found.unit.file, enabled: (await found.service.enabled()) ?? null, problems };
}

async function installed(io: Io): Promise<{ service: Service; unit: InstalledUnit } | undefined> {
  const { serviceOf } = await import('../../daemon/service/user-service.js');
  try {
    const service = serviceOf(io.env);
    const unit = service.installed();
    return unit === undefined ? undefined : { service, unit };
  } catch {
    // No services here, or somebody else's unit: the problems say so.
    return undefined;
  }
}

function print(facts: HostFacts | undefined, service: ServiceFacts, io: Io): void {
  const ink = io.ink(io.stdout);
  const rows: [string, string][] = [['host', facts === undefined ? 'does not run' : `runs at ${facts.url} (pid ${facts.pid})`]];
  if (facts !== undefined) rows.push(['healthz', facts.healthz ? 'answers' : ink.red('does not answer')], ...statusRows(facts));
  const { file, enabled } = service;
  const state = {
    true: 'starts when you log in',
    false: 'does not start when you log in',
    null: 'its service manager cannot be asked from here',
  };
  rows.push(['service', file === null ? 'none is installed' : `${file}; ${state[String(enabled) as keyof typeof state]}`]);
  for (const [name, value] of rows) io.data(`${ink.dim(name.padEnd(8))} ${oneLine(value)}`);
  for (const { says, mend } of service.problems) {
    io.data(`${ink.yellow('!')} ${oneLine(says)}`);
    if (mend !== undefined) io.data(`  ${ink.cyan(mend)}`);
  }
}

function statusRows({ status, statusError }: HostFacts): [string, string][] {
  if (status === undefined) return [['status', statusError ?? 'is not told']];
  const { awake, running, waiting } = status.sessions;
  return [
    ['spool', `${status.version}, started ${status.startedAt} (${age(status.startedAt, Date.now())})`],
    ['home', status.home],
    ['sessions', `${awake} awake, ${running} running, ${waiting} waiting for an answer`],
    ...status.runtimes.map((one): [string, string] => [
      'runtime',
      `${one.runtime} ${one.version}, ${one.threads} open${one.memoryBytes === null ? '' : `, ${bytes(one.memoryBytes)}`}`,
    ]),
  ];
}
