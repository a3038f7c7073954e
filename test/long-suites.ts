/**
 * Tests that take long because of the programs that they start: OpenCode needs seconds for each server, Codex's interface a process for
 * each turn, a command line that is tried whole a process for each command. They run with `npm run test:versions`, so that `npm test` stays
 * quick; one story of each runtime stays there.
 */

export const LONG: readonly string[] = [
  'src/acp-agents/acceptance.test.ts',
  'src/acp-agents/conversations.test.ts',
  'src/opencode/acceptance.test.ts',
  'src/opencode/servers.test.ts',
  'src/opencode/turns.test.ts',
  'src/codex/tui/acceptance.test.ts',
  'src/codex/tui/tui.test.ts',
  'src/codex/exec/exec.test.ts',
  'test/stories/acp.test.ts',
  'test/stories/agents-together-tokens.test.ts',
  'test/stories/migrate.test.ts',
  'test/stories/task-commands.test.ts',
];
