/** The file `settings.json` of a home: whether Codex may run turns, and what was last migrated. Read anew at every look. */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SpoolError } from '../base/errors.js';
import { writePrivateFile } from '../base/private-files.js';
import { FORMATS } from '../codex/migrate/format-names.js';
import { isCodex, type Runtime } from '../contract/words.js';

/** The runtime that the switch is about. */
export const SWITCHED: Runtime = 'codex-app-server';

const Migration = z.object({
  from: z.array(z.string()).min(1),
  format: z.enum(FORMATS).optional(),
  project: z.string().optional(),
  agent: z.string().optional(),
  plugins: z.boolean(),
  /** Null for none; absent for the usual one. */
  permissions: z.string().nullable().optional(),
  spoolTools: z.boolean(),
});

/** As `spool codex migrate` was last called, so that it can be repeated. */
export type RememberedMigration = z.infer<typeof Migration>;

/** A later version may write more into it, which is kept. */
const SwitchFile = z.looseObject({ codexRuntime: z.enum(['on', 'off']).default('on'), migration: Migration.optional() });
export type SwitchFile = z.infer<typeof SwitchFile>;

/** Throws `invalid-input` for a file that cannot be used: what it was to say must not be guessed. */
export function readSwitchFile(file: string): SwitchFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return SwitchFile.parse({});
    throw unusable(file, error);
  }
  try {
    return SwitchFile.parse(JSON.parse(text));
  } catch (error) {
    throw unusable(file, error);
  }
}

/** Changes what is given and keeps the rest. Throws when it cannot be saved; the file is then as it was. */
export function changeSwitchFile(file: string, change: Partial<Pick<SwitchFile, 'codexRuntime' | 'migration'>>): void {
  const content = { ...readSwitchFile(file), ...change };
  try {
    writePrivateFile(file, `${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    const { code, message } = SpoolError.from(error);
    throw new SpoolError(code, `${file} cannot be written: ${message}`, { cause: error, hint: 'nothing was changed' });
  }
}

/** Why the runtime may begin nothing now; undefined when it may. Looks anew each time, so that a running host follows the switch. */
export function runtimeOff(settings: string): (runtime: Runtime) => SpoolError | undefined {
  return (runtime) => {
    if (!isCodex(runtime)) return undefined;
    try {
      if (readSwitchFile(settings).codexRuntime === 'on') return undefined;
    } catch (error) {
      return SpoolError.from(error);
    }
    return new SpoolError('unsupported', `the runtime ${runtime} is switched off on this host`, { hint: 'spool codex runtime on' });
  };
}

function unusable(file: string, cause: unknown): SpoolError {
  const why = cause instanceof z.ZodError ? (cause.issues[0]?.path.join('.') ?? '') : SpoolError.from(cause).message;
  return new SpoolError('invalid-input', `${file} cannot be used: ${why}`, {
    hint: 'mend the file or remove it; it is read anew each time',
    cause,
  });
}
