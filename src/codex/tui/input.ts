/** A turn's input as Codex's interface takes it: one text, and pictures as files. */

import { accessSync, constants, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { SpoolError } from '../../base/errors.js';
import { makePrivateFolder } from '../../base/private-files.js';
import type { InputItem } from '../../contract/session.js';

export function promptOf(input: readonly InputItem[]): string {
  return input.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join('\n');
}

/** Files of one turn, gone with it. */
export class InputFiles implements Disposable {
  readonly paths: readonly string[];
  readonly #folder: string;

  /** `folder` is made when there is something to put into it. Throws `invalid-input` and `unsupported`. */
  constructor(input: readonly InputItem[], folder: string) {
    this.#folder = folder;
    this.paths = input.flatMap((item, at) => {
      if (item.type === 'localImage') return [this.#local(item.path, at)];
      return item.type === 'image' ? [this.#given(item.url, at)] : [];
    });
  }

  #local(path: string, at: number): string {
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      throw new SpoolError('invalid-input', `the image ${path} cannot be read`, { cause: error });
    }
    // Codex cuts the argument at commas.
    if (!path.includes(',')) return path;
    const link = this.#path(`image-${at}${extname(path).replaceAll(',', '')}`);
    symlinkSync(path, link);
    return link;
  }

  #given(url: string, at: number): string {
    const [, type = 'png', data] = /^data:image\/([\w.+-]+)[^,]*;base64,([\s\S]*)$/.exec(url) ?? [];
    if (data === undefined) {
      throw new SpoolError('unsupported', 'Codex takes images as files only here, and this one is behind an address', {
        hint: 'give it as a localImage or as a data URL with base64',
      });
    }
    const path = this.#path(`image-${at}.${type.replaceAll(/\W.*/g, '')}`);
    writeFileSync(path, Buffer.from(data, 'base64'), { mode: 0o600 });
    return path;
  }

  #path(name: string): string {
    makePrivateFolder(join(this.#folder, '..'));
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return join(this.#folder, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
