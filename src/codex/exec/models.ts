/** The models that an agent's file offers and what each is called on Codex's command line. Without a list any model is passed on. */

import { SpoolError } from '../../base/errors.js';
import type { ModelInfo } from '../../contract/host.js';
import type { RuntimeOptions } from '../../contract/runtime-options.js';

/** What Codex is told; undefined leaves the choice to it, which is also what an empty name in the list means. Throws `invalid-input`. */
export function modelFor(model: string | undefined, { models }: RuntimeOptions): string | undefined {
  if (model === undefined || models === undefined) return model;
  const name = Object.hasOwn(models, model) ? models[model] : undefined;
  if (name === undefined) {
    throw new SpoolError('invalid-input', `this agent does not offer the model ${model}`, {
      hint: `use one of ${Object.keys(models).join(', ')}`,
    });
  }
  return name === '' ? undefined : name;
}

export function offeredModels({ models = {} }: RuntimeOptions): readonly ModelInfo[] {
  return Object.entries(models).map(([id, name]) => ({
    ...{ id, name: id, default: name === '' },
    description: name === '' ? "what Codex's own configuration says" : name,
    ...{ efforts: [], defaultEffort: null, serviceTiers: [], images: true },
  }));
}
