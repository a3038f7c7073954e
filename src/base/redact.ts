/**
 * Takes secrets out of texts that are about to be shown or logged. Works on the text itself, because a key inside a message is as
 * readable as one in a field of its own.
 */

const PATTERNS: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{8,}/g,
  /\bspool_[A-Za-z0-9_-]{20,}/g,
  // The three parts of a JSON web token.
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g,
  /\b(?:ghp|gho|github_pat|xox[abp]|glpat)[-_][A-Za-z0-9_-]{10,}/g,
];
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const ASSIGNED = /\b([\w-]*(?:api[_-]?key|token|secret|password|access_token)["']?\s*[:=]\s*["']?)([^\s"',;&]{6,})/gi;

export function redact(text: string): string {
  let clean = text.replace(BEARER, '$1 [redacted]').replace(ASSIGNED, '$1[redacted]');
  for (const pattern of PATTERNS) clean = clean.replace(pattern, '[redacted]');
  return clean;
}
