/** Which versions of Codex have an MCP server, as measured: 0.153.0 has it, 0.154.0 takes the word for a prompt. */

import { GONE } from './capabilities.js';

export function servesMcp(version: string): boolean {
  const [major = 0, minor = 0] = numbersOf(version);
  const [goneMajor = 0, goneMinor = 0] = numbersOf(GONE);
  return major < goneMajor || (major === goneMajor && minor < goneMinor);
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}
