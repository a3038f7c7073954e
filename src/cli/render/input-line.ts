/** What a turn was asked to do, in words. Pure. */

import type { InputItem, TurnAction } from '../../contract/session.js';

export function askedFor({ input, action }: { readonly input: readonly InputItem[]; readonly action?: TurnAction | undefined }): string {
  if (action !== undefined) return `[${actionWords(action)}]`;
  return input
    .map((part) => (part.type === 'text' ? part.text : `[${part.type === 'localImage' ? part.path : imageName(part.url)}]`))
    .join(' ');
}

function actionWords(action: TurnAction): string {
  if (action.type === 'compact') return 'compact the conversation';
  const { target } = action;
  switch (target.type) {
    case 'uncommittedChanges':
      return 'review what is not committed';
    case 'baseBranch':
      return `review what differs from ${target.branch}`;
    case 'commit':
      return `review commit ${target.sha}`;
    case 'custom':
      return `review: ${target.instructions}`;
  }
}

/** A data URL is the image itself, which is no text for people. */
function imageName(url: string): string {
  return url.startsWith('data:') ? 'image' : url;
}
