/** The other runtimes on Codex: each runs the turns of a conversation, with agents of their own. */

import { expect } from 'vitest';
import type { Runtime } from '../../../src/contract/words.js';
import type { Stage } from '../stage.js';
import type { Story } from '../story.js';
import type { Talk } from '../talk.js';

const OTHERS = ['codex-cli-remote-control', 'codex-cli-mcp', 'codex-code-cli', 'codex-exec'] as const satisfies readonly Runtime[];

export const RUNTIME_STORIES: readonly Story[] = OTHERS.map((runtime) => ({
  promise: runsTurns(runtime),
  async play(stage) {
    const talk = await talkWith(stage, runtime);
    const word = `${runtime} heron`;
    expect(await talk.run(`the word is ${word} [[text:noted]]`)).toMatchObject({ status: 'completed', finalText: 'noted', error: null });
    expect(await talk.run('[[sh:echo made > made.txt]] [[text:and again]]')).toMatchObject({ status: 'completed', finalText: 'and again' });
    // The model is shown the whole conversation with each request of a turn; Codex's terminal asks for a title too.
    const asked = stage.world.model.requests.map(({ body }) => JSON.stringify(body));
    expect(asked.some((body) => body.includes('[[text:and again]]') && body.includes(word))).toBe(true);
    expect((await talk.items('agentMessage')).map(({ text }) => text)).toEqual(['noted', 'and again']);
    expect((await talk.items('command')).length).toBe(1);
  },
}));

export function runsTurns(runtime: Runtime): string {
  return `the runtime \`${runtime}\` runs the turns of a conversation, and the later ones know the earlier`;
}

export async function talkWith(stage: Stage, runtime: Runtime): Promise<Talk> {
  const alias = runtime;
  const permissions = { profile: ':workspace', approvalPolicy: 'never' } as const;
  await stage.client.agents.create({ alias, runtime, permissions });
  return await stage.open({ agent: alias });
}
