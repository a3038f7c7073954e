/** What the parts of a mapping add to, and how they give up. */

import type { TomlValue } from '../config-file/managed-config.js';
import { resolved, type Surroundings, withFallbacks } from './placeholders.js';
import { isSecret } from './secrets.js';

/** Thrown where a server is left out for a reason that is no mistake of its own. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut';
}

export class Draft {
  /** As Codex names them. */
  readonly values: Record<string, TomlValue> = {};
  readonly warnings: string[] = [];
  /** Values that are not to be shown. */
  readonly secrets: string[] = [];
  readonly around: Surroundings;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /**
   * With all placeholders put in. Throws `LeftOut` where one needs the environment: written as it is, the server would start and then
   * fail in a way that nobody could read.
   */
  filled(key: string, text: string): string {
    const { text: whole, used, left } = withFallbacks(resolved(text, this.around));
    const [first] = left;
    if (first !== undefined) {
      throw new LeftOut(`${key} uses ${first}, and Codex puts nothing in its place: write the value, or let the server read a variable`);
    }
    if (used.length > 0)
      this.warnings.push(`${key} has ${used.join(', ')} as it is by default: Codex does not look at the environment here`);
    return whole;
  }

  /** Notes a value that is carried over as it is and is better not seen. */
  literal(kind: 'env' | 'headers' | 'url' | 'args', name: string, value: string): void {
    if (!isSecret(name, value)) return;
    this.secrets.push(value);
    this.warnings.push(`${kind}${name === '' ? '' : `.${name}`} looks like a secret and stands in the file as it is`);
  }
}
