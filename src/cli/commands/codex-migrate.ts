/** `spool codex migrate` */

import { SpoolError } from '../../base/errors.js';
import type { FoundSource } from '../../daemon/codex-migrate.js';
import { command } from '../command.js';
import { LeftMenu, Menus } from '../menus.js';
import { MIGRATE_FLAGS, saidOfMigration } from '../migrate-flags.js';
import type { Io } from '../output.js';

export const codexMigrate = command({
  about:
    "Brings MCP servers of Claude Code, Cursor, VS Code, Hermes, OpenCode or a file of your own into Codex's config.toml, as one marked block that a later run replaces. What you wrote yourself stays and wins. Exits 1 when a server could not be understood.",
  args: {
    ...MIGRATE_FLAGS,
    home: { type: 'string', valueHint: 'dir', description: 'the CODEX_HOME to write into (default: CODEX_HOME, else ~/.codex)' },
    'dry-run': { type: 'boolean', description: 'show what would change, and write nothing' },
    json: { type: 'boolean', description: 'print JSON for programs' },
  },
  async run(args, io) {
    const { migrateCodex, migrationSources } = await import('../../daemon/codex-migrate.js');
    const from = args.from.length > 0 ? args.from : await chosen(await migrationSources(io.env), io, args.json);
    const wish = { ...saidOfMigration(args), from, home: args.home, dryRun: args['dry-run'] };
    const report = await migrateCodex(io.env, wish);
    if (args.json) io.json(report);
    else (await import('./codex-report.js')).showReport(report, io);
    return report.errors.length > 0 ? 1 : 0;
  },
});

/** Which of the files that were found; a program must name its own. */
async function chosen(found: readonly FoundSource[], io: Io, json: boolean): Promise<readonly string[]> {
  if (found.length === 0) {
    throw new SpoolError('invalid-input', 'no file with MCP servers was found where other programs keep them', {
      hint: 'name one: --from FILE',
    });
  }
  if (json || !io.canAsk) {
    const list = found.map(({ file, program, servers }) => `${file} (${program}, ${servers})`).join('; ');
    throw new SpoolError('invalid-input', 'which file is to be migrated was not said', {
      hint: `--from FILE; found: ${list}`,
      details: { found },
    });
  }
  const held = io.interrupts.hold();
  try {
    using menus = new Menus(io, held.signal);
    const choices = found.map(({ file, program, servers }) => ({
      value: file,
      label: `${program}: ${servers} server${servers === 1 ? '' : 's'}`,
      hint: file,
    }));
    return await menus.tick('Where are the MCP servers to come from?', choices, { initial: found.map(({ file }) => file), required: true });
  } catch (error) {
    if (error instanceof LeftMenu) throw new SpoolError('cancelled', 'nothing was chosen, and nothing was written');
    throw error;
  } finally {
    held[Symbol.dispose]();
  }
}
