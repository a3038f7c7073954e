/** The models that an OpenCode server can use. */

import type { ModelInfo } from '../contract/host.js';
import { Effort } from '../contract/words.js';
import type { Providers } from './wire.js';

/** `chosen` is the one that is used where nobody says. Models that cannot call tools are none for an agent. */
export function modelsOf({ providers }: Providers, chosen: string | undefined): ModelInfo[] {
  return providers.flatMap((provider) =>
    Object.values(provider.models)
      .filter(({ capabilities }) => capabilities.toolcall)
      .map(({ id, name, capabilities, variants = {} }) => ({
        id: `${provider.id}/${id}`,
        name,
        description: '',
        default: `${provider.id}/${id}` === chosen,
        efforts: Object.keys(variants).filter((effort) => Effort.safeParse(effort).success),
        defaultEffort: null,
        serviceTiers: [],
        images: capabilities.input.image,
      })),
  );
}
