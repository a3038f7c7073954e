/**
 * The version of Codex that the types beside this file were generated from.
 *
 * Generated from Codex 0.169.0 (codex app-server generate-ts --experimental) by `npm run generate`. Do not edit.
 */

export const CODEX_VERSION = '0.169.0';
