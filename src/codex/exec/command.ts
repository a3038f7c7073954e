/** One turn as a command line of `codex exec`. The prompt goes over stdin: there it may be long, begin with a dash, and is seen by nobody else. */

import { accessSync, constants, symlinkSync } from 'node:fs';
import { extname } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import type { InputItem } from '../../contract/session.js';
import type { OpenThread, StartTurn } from '../../ports/agent.js';
import { overridesOf } from '../command-line/overrides.js';
import { modelFor } from './models.js';
import type { Workplace } from './workplace.js';

export interface Command {
  readonly args: readonly string[];
  /** To be put over the environment of every Codex process. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

type Settings = Pick<OpenThread, 'session' | 'model' | 'effort' | 'permissions' | 'setup' | 'options'>;

/** `thread` is the conversation to go on with. Throws `invalid-input` and `unsupported`. */
export function commandOf(settings: Settings, start: StartTurn, thread: string | undefined, version: string, place: Workplace): Command {
  const { options = {} } = settings;
  const { args, env } = settingsOf(settings, start, version);
  const prompt = promptOf(start.input);
  // Codex takes stdin for no prompt at all when there is nothing but blanks; as an argument it takes them, and without a text nothing.
  const blank = prompt.trim() === '';
  return {
    args: [
      ...['exec', '--json', '--skip-git-repo-check'],
      ...(options.useUserConfig === false ? ['--ignore-user-config', '--ignore-rules'] : []),
      ...args,
      ...imagesOf(start.input, place).map((path) => `--image=${path}`),
      ...(start.outputSchema === undefined ? [] : ['--output-schema', place.file('schema.json', JSON.stringify(start.outputSchema))]),
      ...(options.extraArgs ?? []),
      // All that stands before `resume` counts for it too, also what older versions do not take behind it.
      ...(thread === undefined ? ['--'] : ['resume', '--', thread]),
      blank ? prompt : '-',
    ],
    env,
    stdin: blank ? '' : prompt,
  };
}

/** Throws as `commandOf` does for what is wrong with the conversation itself. */
export function settingsOf(settings: Settings, start: Partial<Pick<StartTurn, 'model' | 'effort' | 'serviceTier'>>, version: string) {
  const { options = {} } = settings;
  // Newer versions keep that of the conversation's first turn, whatever they are told later.
  if (typeof start.serviceTier === 'string') {
    throw new SpoolError('unsupported', 'codex exec cannot be told the service tier of a turn', {
      hint: 'set service_tier in the config of the agent, or use the runtime codex-app-server',
    });
  }
  const model = modelFor(start.model ?? settings.model, options);
  // Nothing of a turn before counts for this one, so that null and the conversation's own mean what they say.
  const effort = start.effort === null ? undefined : (start.effort ?? settings.effort);
  return overridesOf({ ...settings, model, effort }, version);
}

/** What is said, as one text. */
export function promptOf(input: readonly InputItem[]): string {
  return input.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join('\n');
}

function imagesOf(input: readonly InputItem[], place: Workplace): string[] {
  return input.flatMap((item, at) => {
    if (item.type === 'localImage') return [localImage(item.path, at, place)];
    return item.type === 'image' ? [imageFile(item.url, at, place)] : [];
  });
}

function localImage(path: string, at: number, place: Workplace): string {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new SpoolError('invalid-input', `the image ${path} cannot be read`, { cause: error });
  }
  // Codex cuts the argument at commas.
  if (!path.includes(',')) return path;
  const link = place.path(`image-${at}${extname(path).replaceAll(',', '')}`);
  symlinkSync(path, link);
  return link;
}

function imageFile(url: string, at: number, place: Workplace): string {
  const [, type = 'png', data] = /^data:image\/([\w.+-]+)[^,]*;base64,([\s\S]*)$/.exec(url) ?? [];
  if (data === undefined) {
    throw new SpoolError('unsupported', 'codex exec takes images as files only, and this one is behind an address', {
      hint: 'give it as a localImage or as a data URL with base64',
    });
  }
  return place.file(`image-${at}.${type.replaceAll(/\W.*/g, '')}`, Buffer.from(data, 'base64'));
}
