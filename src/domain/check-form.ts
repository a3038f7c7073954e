/** Whether a value is what a form asks for, told field by field so that whoever filled it in can mend it. */

import { z } from 'zod';

/** What is wrong with the value, one line a field; empty when it fits, or when the schema is none that can be read here. */
export function formErrors(schema: unknown, value: unknown): readonly string[] {
  const form = readable(schema);
  const result = form?.safeParse(value);
  return result?.error?.issues.map(({ path, message }) => `${path.length === 0 ? 'the value' : path.join('.')}: ${message}`) ?? [];
}

function readable(schema: unknown): z.ZodType | undefined {
  try {
    return z.fromJSONSchema(plain(schema) as Parameters<typeof z.fromJSONSchema>[0]);
  } catch {
    // A keyword that is not known here. The server that asks judges its own form anyway.
    return undefined;
  }
}

/**
 * The schema without what must not count here: a default would fill in what a person left out, and a pattern is a program of somebody
 * else's that could take for ever. A choice among titled constants becomes a plain list, whose error names what can be chosen.
 */
function plain(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plain);
  if (typeof schema !== 'object' || schema === null) return schema;
  const fields = Object.entries(schema).filter(([key, value]) => !isOmitted(key, value));
  return Object.fromEntries(fields.map(([key, value]) => choice(key, value) ?? [key, plain(value)]));
}

// A field of the form may be called `default` too; it is then described by an object under `properties`, not a value.
function isOmitted(key: string, value: unknown): boolean {
  return (key === 'default' && !isSchema(value)) || (key === 'pattern' && typeof value === 'string') || key === 'patternProperties';
}

function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function choice(key: string, value: unknown): [string, unknown] | undefined {
  if ((key !== 'oneOf' && key !== 'anyOf') || !Array.isArray(value)) return undefined;
  const constants: unknown[] = value.map((one: unknown) =>
    typeof one === 'object' && one !== null && 'const' in one ? one.const : undefined,
  );
  return constants.length > 0 && constants.every((one) => one !== undefined) ? ['enum', constants] : undefined;
}
