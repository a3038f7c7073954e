/**
 * A tool's schema in both of its forms: as JSON Schema, for those who call, and as a check of what they send. A schema that cannot be
 * checked in full is refused when the tool is offered, not when it is called.
 */

import { z } from 'zod';
import { messageOf, SpoolError } from '../../base/errors.js';
import { issuesOf, issueText } from '../../base/explain-issues.js';
import type { JsonSchema, ToolSchema } from './tool.js';

/** What a value is taken for, or what is wrong with it, place by place. */
export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly wrong: readonly string[] };

export interface CheckedSchema {
  readonly json: JsonSchema;
  check(value: unknown): Promise<Checked>;
}

/** `whole` is what a value is called where nothing within it is meant. */
export function checkedSchema(schema: ToolSchema, tool: string, which: 'inputSchema' | 'outputSchema', whole: string): CheckedSchema {
  const refuse = (why: string, cause?: unknown): never => {
    throw new SpoolError('invalid-input', `the ${which} of the tool ${tool} cannot be used: ${why}`, {
      hint: 'give a JSON Schema of an object (without if/then/else, not, dependentRequired and references to other documents), or a schema of zod 4',
      ...(cause === undefined ? {} : { cause }),
    });
  };
  try {
    const type = isZod(schema) ? schema : z.fromJSONSchema(jsonOf(schema));
    const json = isZod(schema) ? ownFields(z.toJSONSchema(schema, { io: which === 'inputSchema' ? 'input' : 'output' })) : schema;
    if (json['type'] !== 'object') return refuse(`it has the type ${JSON.stringify(json['type'])}, not "object"`);
    const unknown = undeclared(json);
    if (unknown !== undefined) return refuse(`"required" names ${JSON.stringify(unknown)}, which is not in "properties"`);
    return { json, check: async (value) => checked(await type.safeParseAsync(value), value, whole) };
  } catch (error) {
    if (error instanceof SpoolError) throw error;
    return refuse(messageOf(error), error);
  }
}

function checked(parsed: z.ZodSafeParseResult<unknown>, value: unknown, whole: string): Checked {
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, wrong: issuesOf(parsed.error, value).map((issue) => issueText(issue, whole)) };
}

/** Also one that another copy of zod has made. */
function isZod(schema: ToolSchema): schema is z.ZodType {
  return '_zod' in schema && 'safeParseAsync' in schema && typeof schema.safeParseAsync === 'function';
}

function jsonOf(schema: ToolSchema): z.core.JSONSchema.JSONSchema {
  if ('~standard' in schema || '_def' in schema) throw new Error('it is a schema of another library, or of zod before 4');
  return schema;
}

/** Callers know no zod, and the dialect is the usual one. */
function ownFields({ $schema: _dialect, '~standard': _standard, ...json }: Record<string, unknown>): JsonSchema {
  return json;
}

/** A misspelt name would make a field optional without a word. */
function undeclared({ required, properties }: JsonSchema): unknown {
  if (!Array.isArray(required)) return undefined;
  const declared = typeof properties === 'object' && properties !== null ? properties : {};
  return required.find((name) => typeof name !== 'string' || !Object.hasOwn(declared, name));
}
