/**
 * Reads from an answer of the model how many tokens it has used, while the answer passes: a stream of events or one JSON document. It
 * keeps nothing but the object it looks for, and never holds the answer up.
 */

export interface TokenUse {
  /** With those that the model's server had in its cache. */
  readonly input: number;
  readonly output: number;
}

/**
 * As it stands in JSON, and only as a name there: inside of a string, and so in all that a model or a tool says, its quotes would be
 * escaped.
 */
const NAME = Buffer.from('"usage"');
const [QUOTE, BACKSLASH, OPEN, CLOSE, COLON] = Buffer.from('"\\{}:');
const BLANKS = new Set(Buffer.from(' \t\r\n'));
/** More than the numbers of a bill ever take; what is longer is something else of that name. */
const MOST = 8192;

export class UsageScanner {
  #use: TokenUse | undefined;
  /** The end of what came, where the name may have begun. */
  #tail: Buffer = Buffer.alloc(0);
  #open: OpenObject | undefined;

  /** What was told last: a stream may tell it more than once, and the last one is the whole. */
  get use(): TokenUse | undefined {
    return this.#use;
  }

  take(chunk: Buffer): void {
    let rest: Buffer | undefined = chunk;
    while (rest !== undefined && rest.length > 0) rest = this.#open === undefined ? this.#seek(rest) : this.#read(this.#open, rest);
  }

  /** Looks for the name; undefined when there is none in what has come. */
  #seek(chunk: Buffer): Buffer | undefined {
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, NAME.length - 1)]);
    const inSeam = this.#tail.length === 0 ? -1 : seam.indexOf(NAME);
    const end = inSeam === -1 ? endOf(chunk.indexOf(NAME)) : inSeam + NAME.length - this.#tail.length;
    if (end === undefined) {
      this.#tail = chunk.length < NAME.length ? seam.subarray(-(NAME.length - 1)) : chunk.subarray(-(NAME.length - 1));
      return undefined;
    }
    this.#tail = Buffer.alloc(0);
    this.#open = new OpenObject();
    return chunk.subarray(end);
  }

  #read(object: OpenObject, chunk: Buffer): Buffer | undefined {
    const end = object.take(chunk);
    if (end === undefined) return undefined;
    this.#open = undefined;
    this.#use = useIn(object.text) ?? this.#use;
    return chunk.subarray(end);
  }
}

function endOf(index: number): number | undefined {
  return index === -1 ? undefined : index + NAME.length;
}

/** The object behind a name, as far as it has come. */
class OpenObject {
  readonly #bytes: number[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;
  #colon = false;

  get text(): string {
    return Buffer.from(this.#bytes).toString('utf8');
  }

  /** How much of the chunk belongs to it once it has ended, or once it is known to be none; undefined when more is to come. */
  take(chunk: Buffer): number | undefined {
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#bytes.length === 0) {
        if (!this.#mayStand(byte)) return at;
        if (byte !== OPEN) continue;
      }
      this.#bytes.push(byte);
      this.#follow(byte);
      if (this.#depth === 0 || this.#bytes.length > MOST) return at + 1;
    }
    return undefined;
  }

  /** Whether the byte may stand between the name and the end of the object's first brace. */
  #mayStand(byte: number): boolean {
    if (byte === COLON && !this.#colon) {
      this.#colon = true;
      return true;
    }
    return BLANKS.has(byte) || (byte === OPEN && this.#colon);
  }

  #follow(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = this.#inString;
    else if (byte === QUOTE) this.#inString = !this.#inString;
    else if (byte === OPEN && !this.#inString) this.#depth += 1;
    else if (byte === CLOSE && !this.#inString) this.#depth -= 1;
  }
}

function useIn(text: string): TokenUse | undefined {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null) return undefined;
    const input = countOf(Reflect.get(found, 'input_tokens'));
    const output = countOf(Reflect.get(found, 'output_tokens'));
    return input === undefined || output === undefined ? undefined : { input, output };
  } catch {
    // Another thing of that name, or one that was cut off.
    return undefined;
  }
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
