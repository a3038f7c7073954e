/**
 * The little language that drives the offline model from a prompt: `[[sh:echo hi]] [[deltas:20:50]]`.
 * Unknown names stay plain text; a known name with arguments that make no sense is answered with a sentence that says so.
 */

/** One directive. Steps with `times` happen on the first so many attempts of a request only; without it on every attempt. */
export type Step =
  | { readonly type: 'text'; readonly content: string }
  | { readonly type: 'deltas'; readonly count: number; readonly everyMs: number; readonly size: number }
  | { readonly type: 'reason'; readonly content: string }
  | { readonly type: 'shell'; readonly command: string; readonly escalate: boolean }
  | { readonly type: 'patch'; readonly path: string; readonly content: string }
  | { readonly type: 'mcp'; readonly server: string; readonly tool: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly type: 'tool'; readonly name: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly type: 'image'; readonly prompt: string }
  | { readonly type: 'http'; readonly status: number; readonly times?: number }
  | { readonly type: 'cut'; readonly afterDeltas: number; readonly times?: number }
  | { readonly type: 'stall'; readonly headers: boolean; readonly times?: number }
  | { readonly type: 'failed'; readonly code: string; readonly times?: number };

const NAMES: Readonly<Record<string, (args: string) => Step | undefined>> = {
  text: (args) => ({ type: 'text', content: unescaped(args) }),
  reason: (args) => ({ type: 'reason', content: unescaped(args) }),
  sh: (args) => ({ type: 'shell', command: args, escalate: false }),
  'sh!': (args) => ({ type: 'shell', command: args, escalate: true }),
  deltas: readDeltas,
  patch: readPatch,
  mcp: readMcp,
  tool: readTool,
  image: (args) => (args === '' ? undefined : { type: 'image', prompt: args }),
  http: (args) => {
    const [status, times] = numbers(args);
    return status === undefined || status < 400 || status > 599 ? undefined : { type: 'http', status, ...limit(times) };
  },
  cut: (args) => {
    const [afterDeltas, times] = numbers(args);
    return afterDeltas === undefined ? undefined : { type: 'cut', afterDeltas, ...limit(times) };
  },
  stall: (args) => (args === '' || args === 'silent' ? { type: 'stall', headers: args === '' } : undefined),
  failed: (args) => {
    const [, code, times] = /^([a-z_]+)(?::(\d+))?$/.exec(args) ?? [];
    return code === undefined ? undefined : { type: 'failed', code, ...limit(times === undefined ? undefined : Number(times)) };
  },
};

/** The directives of a prompt in their order; empty when there are none. */
export function readDirectives(prompt: string): Step[] {
  const steps: Step[] = [];
  const opening = /\[\[([a-z]+!?)(:|\]\])/g;
  for (let match = opening.exec(prompt); match !== null; match = opening.exec(prompt)) {
    const name = match[1] ?? '';
    const read = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
    if (read === undefined) continue;
    const found = match[2] === ']]' ? { args: '', end: opening.lastIndex } : argumentsOf(name, prompt, opening.lastIndex, read);
    if (found === undefined) continue;
    steps.push(read(found.args) ?? unreadable(`${name}:${found.args}`));
    opening.lastIndex = found.end;
  }
  return steps;
}

// The first `]]` is not always the end: shells write `[[ -f x ]]`, which balances, and JSON writes `[1,[2]]`, which need not. So the end
// is the first one that leaves JSON readable or else the brackets inside balanced.
function argumentsOf(name: string, prompt: string, from: number, read: (args: string) => Step | undefined): Arguments | undefined {
  let balanced: Arguments | undefined;
  for (let at = prompt.indexOf(']]', from); at >= 0; at = prompt.indexOf(']]', at + 1)) {
    const found = { args: prompt.slice(from, at), end: at + 2 };
    if (JSON_ENDS.has(name) && read(found.args) !== undefined) return found;
    if (count(found.args, '[[') === count(found.args, ']]')) balanced ??= found;
    if (!JSON_ENDS.has(name) && balanced !== undefined) return balanced;
  }
  return balanced;
}

/** Directives whose arguments end with JSON. */
const JSON_ENDS: ReadonlySet<string> = new Set(['mcp', 'tool']);

interface Arguments {
  readonly args: string;
  readonly end: number;
}

function unreadable(directive: string): Step {
  return { type: 'text', content: `I cannot read [[${directive}]].` };
}

function readDeltas(args: string): Step | undefined {
  const [n, everyMs = 0, size = 0] = numbers(args);
  return n === undefined ? undefined : { type: 'deltas', count: n, everyMs, size };
}

function readPatch(args: string): Step | undefined {
  const at = args.indexOf('=');
  return at <= 0 ? undefined : { type: 'patch', path: args.slice(0, at).trim(), content: unescaped(args.slice(at + 1)) };
}

function readMcp(args: string): Step | undefined {
  const [, server, tool, json = '{}'] = /^([\w-]+)\.([\w.-]+)(?::([\s\S]*))?$/.exec(args) ?? [];
  const parsed = server === undefined ? undefined : readObject(json);
  return server === undefined || tool === undefined || parsed === undefined ? undefined : { type: 'mcp', server, tool, args: parsed };
}

function readTool(args: string): Step | undefined {
  const [, name, json = '{}'] = /^([\w-]+)(?::([\s\S]*))?$/.exec(args) ?? [];
  const parsed = name === undefined ? undefined : readObject(json);
  return name === undefined || parsed === undefined ? undefined : { type: 'tool', name, args: parsed };
}

function readObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** `a:b:c` as numbers; empty when one of them is none. */
function numbers(args: string): number[] {
  return /^\d+(:\d+)*$/.test(args) ? args.split(':').map(Number) : [];
}

function limit(times: number | undefined): { times?: number } {
  return times === undefined ? {} : { times };
}

function unescaped(args: string): string {
  return args.replaceAll('\\n', '\n');
}

function count(haystack: string, needle: string): number {
  return haystack.split(needle).length - 1;
}
