/**
 * What an agent's file may say to its runtime alone. Each option says which runtimes take it; one that its runtime does not take is refused
 * when the agent is made, because an option that is ignored in silence is a surprise later.
 */

import { z } from 'zod';
import type { Runtime } from './words.js';

/** What to do when another process has the conversation open: say so, wait for it, or go on in a copy. */
export const WhenTaken = z.enum(['refuse', 'wait', 'fork']);
export type WhenTaken = z.infer<typeof WhenTaken>;

/** Values that a configuration file can hold; without null, which TOML does not know. */
const Setting: z.ZodType<Setting> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.array(Setting), z.record(z.string(), Setting)]),
);
export type Setting = string | number | boolean | readonly Setting[] | { readonly [name: string]: Setting };

export const RuntimeOptions = z
  .strictObject({
    whenTaken: WhenTaken.optional().describe(
      'when another process has the conversation open: refuse (default), wait for it, or go on in a copy',
    ),
    emptyAuthFile: z.boolean().optional().describe('an own home has an empty auth.json from the start, for a file to be mounted over it'),
    useUserConfig: z
      .boolean()
      .optional()
      .describe(
        'false: what stands in the config.toml and the rules of the home is left out, as far as the version of Codex can; default true',
      ),
    config: z
      .record(z.string().min(1), Setting)
      .optional()
      .describe("settings of the runtime's own configuration, put over those of its files"),
    extraArgs: z.array(z.string()).optional().describe('put behind the arguments that Spool gives; no place for keys'),
    models: z
      .record(z.string().min(1), z.string())
      .optional()
      .describe('the models that are offered and what each is called on the command line; others are refused'),
    command: z.array(z.string().min(1)).min(1).optional().describe('the program and its arguments that speak the Agent Client Protocol'),
    smallModel: z.string().min(1).optional().describe('the model for titles and summaries'),
    idleTimeoutSeconds: z.number().int().positive().optional().describe('how long a turn may be silent before its process is given up'),
    script: z
      .union([z.string().min(1), z.array(z.record(z.string(), z.unknown()))])
      .optional()
      .describe('what a mock does: absolute path of a JSON file, or the steps themselves'),
  })
  .meta({ id: 'RuntimeOptions' });
export type RuntimeOptions = z.infer<typeof RuntimeOptions>;

/** Which options each runtime takes. */
export const OPTIONS_OF: Readonly<Record<Runtime, readonly (keyof RuntimeOptions)[]>> = {
  'codex-app-server': ['whenTaken', 'emptyAuthFile'],
  'codex-cli-remote-control': ['whenTaken', 'emptyAuthFile'],
  'codex-cli-mcp': ['emptyAuthFile', 'useUserConfig', 'config'],
  'codex-code-cli': ['emptyAuthFile', 'useUserConfig', 'config', 'extraArgs'],
  'codex-exec': ['emptyAuthFile', 'useUserConfig', 'config', 'extraArgs', 'models'],
  opencode: ['config', 'smallModel', 'idleTimeoutSeconds'],
  acp: ['command', 'idleTimeoutSeconds'],
  mock: ['script'],
};
