/** The models that Codex offers in a home: its own catalog, which needs no network. */

import type { ModelInfo } from '../../contract/host.js';
import type * as Codex from '../generated/protocol.js';
import type { Link } from './link.js';

const MOST_PAGES = 20;

export async function listModels(link: Link): Promise<readonly ModelInfo[]> {
  const models: ModelInfo[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { data, nextCursor }: Codex.ModelListResponse = await link.request('model/list', cursor === null ? {} : { cursor });
    models.push(...data.filter((model) => !model.hidden).map(modelOf));
    if (nextCursor === null || nextCursor === undefined) break;
    cursor = nextCursor;
  }
  return models;
}

function modelOf(model: Codex.Model): ModelInfo {
  return {
    id: model.model,
    name: model.displayName,
    description: model.description,
    default: model.isDefault,
    efforts: model.supportedReasoningEfforts.map(({ reasoningEffort }) => reasoningEffort),
    defaultEffort: model.defaultReasoningEffort,
    // Older versions have no tiers and do not say what a model takes in; all of theirs take images.
    serviceTiers: ((model.serviceTiers as Codex.Model['serviceTiers'] | undefined) ?? []).map(({ id }) => id),
    images: (model.inputModalities as Codex.Model['inputModalities'] | undefined)?.includes('image') ?? true,
  };
}
