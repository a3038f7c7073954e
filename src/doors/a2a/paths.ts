/** Where this door is. */

export const A2A_PATH = '/a2a';
export const WELL_KNOWN = '/.well-known';
export const CARD = 'agent-card.json';
