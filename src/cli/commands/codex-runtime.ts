/** `spool codex runtime` */

import type { RuntimeReport } from '../../daemon/codex-runtime.js';
import { command } from '../command.js';
import { MIGRATE_FLAGS, saidOfMigration } from '../migrate-flags.js';
import type { Io } from '../output.js';
import { oneLine } from '../render/printable.js';

export const codexRuntime = command({
  about:
    'Tells whether Codex may run turns, or switches it on or off for all hosts of this home. Off, turns that run go on to their end, and new ones are refused. Switching it on repeats the last migration, or does the one that --from names.',
  args: {
    state: {
      type: 'positional',
      required: false,
      description: 'on, off or status (default); codex_app_server and auto are understood too',
    },
    ...MIGRATE_FLAGS,
    json: { type: 'boolean', description: 'print JSON for programs' },
  },
  async run(args, io) {
    const { switchRuntime } = await import('../../daemon/codex-runtime.js');
    const asked = args.from.length === 0 ? undefined : { ...saidOfMigration(args), dryRun: false };
    const report = await switchRuntime(io.env, args.state, asked);
    if (args.json) io.json(report);
    else await show(report, io);
    return 0;
  },
});

async function show(report: RuntimeReport, io: Io): Promise<void> {
  const { runtime, state, says, codex, home, block, migration } = report;
  const ink = io.ink(io.stdout);
  const row = (name: string, value: string): void => io.data(`${ink.dim(name.padEnd(9))}${oneLine(value)}`);
  row('runtime', `${runtime}: ${state === 'on' ? ink.green('on') : ink.yellow('off')}`);
  if (codex !== null) row('codex', 'error' in codex ? codex.error : `${codex.version} at ${codex.path}`);
  row('home', home);
  row('block', block === null ? "Spool has written nothing into this home's config.toml" : contentsOf(block));
  io.note(says);
  if (migration === null) return;
  if (!('error' in migration)) return (await import('./codex-report.js')).showReport(migration, io);
  io.note(io.ink(io.stderr).yellow(`nothing was migrated: ${oneLine(migration.error)}`));
  if (migration.hint !== undefined) io.note(io.ink(io.stderr).dim(oneLine(migration.hint)));
}

function contentsOf({ servers, plugins, permissions }: NonNullable<RuntimeReport['block']>): string {
  const parts = [
    ...(servers.length === 0 ? [] : [`servers ${servers.join(', ')}`]),
    ...(plugins.length === 0 ? [] : [`plugins ${plugins.join(', ')}`]),
    ...(permissions === null ? [] : [`default_permissions ${permissions}`]),
  ];
  return parts.length === 0 ? 'empty' : parts.join('; ');
}
