/** `spool config show` */

import { command } from '../command.js';

export const configShow = command({
  about:
    'Shows what a host on this machine would go by: places, settings of the environment, Codex, and what Codex is given. Changes nothing.',
  args: { json: { type: 'boolean', description: 'print JSON for programs' } },
  async run(args, io) {
    const { settingsOf } = await import('../../daemon/settings.js');
    const settings = await settingsOf(io.env);
    if (args.json) {
      io.json(settings);
      return 0;
    }
    const { places, environment, codex, codexHome, handedOn } = settings;
    const ink = io.ink(io.stdout);
    const show = (title: string, rows: readonly (readonly [string, string])[]): void => {
      io.data(ink.bold(title));
      const width = Math.max(0, ...rows.map(([name]) => name.length));
      for (const [name, value] of rows) io.data(`  ${name.padEnd(width)}  ${value}`);
    };
    show('Places', Object.entries(places));
    show('Environment', Object.keys(environment).length === 0 ? [['', '(nothing is set)']] : Object.entries(environment));
    show('Codex', [
      ['codex', 'error' in codex ? codex.error : `${codex.version} at ${codex.path}`],
      ['CODEX_HOME', codexHome],
      ['is given', handedOn.join(' ')],
    ]);
    return 0;
  },
});
