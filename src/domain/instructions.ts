/**
 * Puts an agent's instructions together: one text of sections in a fixed order, within a size that a model is not drowned by. Over the cap
 * the largest parts that the agent can do without go first; what makes the agent what it is always stays, so nothing here throws.
 */

import { embedded } from './embedded-markdown.js';

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** What is there to be told. Blank texts count as absent. */
export interface InstructionParts {
  readonly alias: string;
  /** What every agent is told. */
  readonly base: string;
  /** The agent's own: what its configuration says, and what stands in a file beside it. */
  readonly own: readonly string[];
  readonly memory?: string | undefined;
  readonly skills?: string | undefined;
  /** In the order in which they are to stand. */
  readonly modules: readonly NamedText[];
  /** How to use each server of tools. */
  readonly servers: readonly NamedText[];
}

export interface InstructionLimits {
  /** Bytes of UTF-8 beyond which optional sections are left out. */
  readonly maxBytes: number;
  /** Bytes from which a warning is due. */
  readonly warnBytes: number;
}

export const INSTRUCTION_LIMITS: InstructionLimits = { maxBytes: 32 * 1024, warnBytes: 28 * 1024 };

export interface OmittedSection {
  readonly kind: 'module' | 'server';
  readonly name: string;
  readonly bytes: number;
}

export interface ComposedInstructions {
  readonly text: string;
  readonly bytes: number;
  readonly omitted: readonly OmittedSection[];
  /** `error`: something was left out, or it is too long all the same. */
  readonly warnings: readonly { readonly level: 'warn' | 'error'; readonly message: string }[];
}

/** How a composed text begins, and nothing else: by it a file is known as ours. */
export const COMPOSED_MARK = '<!-- Composed by Spool';

interface Section {
  readonly title: string;
  readonly text: string;
  /** Absent for what is never left out. */
  readonly optional?: Pick<OmittedSection, 'kind' | 'name'>;
}

/** The same parts always give the same text. */
export function composeInstructions(parts: InstructionParts, limits: InstructionLimits = INSTRUCTION_LIMITS): ComposedInstructions {
  let kept = sectionsOf(parts);
  const all = bytesOf(render(parts.alias, kept, []));
  const omitted: OmittedSection[] = [];
  let text = render(parts.alias, kept, omitted);
  while (bytesOf(text) > limits.maxBytes) {
    const largest = largestOptional(kept);
    if (largest?.optional === undefined) break;
    kept = kept.filter((section) => section !== largest);
    omitted.push({ ...largest.optional, bytes: bytesOf(sectionText(largest)) });
    text = render(parts.alias, kept, omitted);
  }
  return { text, bytes: bytesOf(text), omitted, warnings: warningsOf(parts.alias, { all, left: bytesOf(text), omitted }, limits) };
}

/** How long a text is when it is written down. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function sectionsOf({ base, own, memory, skills, modules, servers }: InstructionParts): readonly Section[] {
  const sections: Section[] = [
    { title: 'How you work here', text: base },
    { title: 'Your instructions', text: own.map(embedded).filter(isSaid).join('\n\n') },
    { title: 'Your memory', text: memory ?? '' },
    { title: 'Your skills', text: skills ?? '' },
    ...modules.map(({ name, text }) => ({ title: `Module ${oneLine(name)}`, text, optional: { kind: 'module', name } as const })),
    ...servers.map(({ name, text }) => ({ title: `Tools of ${oneLine(name)}`, text, optional: { kind: 'server', name } as const })),
  ];
  return sections.map((section) => ({ ...section, text: embedded(section.text) })).filter(({ text }) => isSaid(text));
}

function isSaid(text: string): boolean {
  return text.trim() !== '';
}

/** Of several that are equally long the first. */
function largestOptional(sections: readonly Section[]): Section | undefined {
  const optional = sections.filter((section) => section.optional !== undefined);
  return optional.reduce<Section | undefined>(
    (largest, section) => (largest === undefined || bytesOf(sectionText(section)) > bytesOf(sectionText(largest)) ? section : largest),
    undefined,
  );
}

function render(alias: string, sections: readonly Section[], omitted: readonly OmittedSection[]): string {
  const left = omitted.length === 0 ? [] : [{ title: 'Omitted for size', text: omittedText(omitted) }];
  return `${[header(alias), ...[...sections, ...left].map(sectionText)].join('\n\n')}\n`;
}

function sectionText({ title, text }: Pick<Section, 'title' | 'text'>): string {
  return `# ${title}\n\n${text}`;
}

function header(alias: string): string {
  return `${COMPOSED_MARK} for the agent ${alias}, anew before each conversation is opened: changes made here are lost. -->`;
}

function omittedText(omitted: readonly OmittedSection[]): string {
  const lines = omitted.map(
    ({ kind, name }) => `- ${kind === 'module' ? 'the module' : 'the instructions for the tools of'} ${oneLine(name)}`,
  );
  return [
    'These sections were left out because the instructions would have been too long. The tools that they speak of are there and work;',
    'only the advice on how to use them is missing.',
    '',
    ...lines,
  ].join('\n');
}

function oneLine(name: string): string {
  return name.replace(/\s+/g, ' ').trim();
}

interface Sizes {
  /** With everything. */
  readonly all: number;
  readonly left: number;
  readonly omitted: readonly OmittedSection[];
}

function warningsOf(
  alias: string,
  { all, left, omitted }: Sizes,
  { maxBytes, warnBytes }: InstructionLimits,
): ComposedInstructions['warnings'] {
  const what = `the instructions of the agent ${alias}`;
  const without = omitted.map(({ kind, name, bytes }) => `${kind} ${oneLine(name)} (${bytes} bytes)`).join(', ');
  const less = omitted.length === 0 ? '' : `; left out: ${without}`;
  if (left > maxBytes) {
    const message = `${what} have ${left} bytes, more than ${maxBytes}, and nothing more can be left out: shorten them${less}`;
    return [{ level: 'error', message }];
  }
  if (omitted.length > 0) return [{ level: 'error', message: `${what} would have ${all} bytes, more than ${maxBytes}${less}` }];
  if (left < warnBytes) return [];
  return [{ level: 'warn', message: `${what} have ${left} bytes; from ${maxBytes} on sections are left out` }];
}
