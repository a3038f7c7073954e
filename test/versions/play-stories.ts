/** Plays all stories with one version of Codex; each test says in its `meta` what it stands for in the table. */

import { afterAll, beforeAll, describe, test } from 'vitest';
import { LIMITS } from './limits.js';
import { Stage } from './stage.js';
import { CONVERSATIONS } from './stories/conversations.js';
import { DEATHS } from './stories/deaths.js';
import { QUESTIONS } from './stories/questions.js';
import { RUNTIME_STORIES } from './stories/runtimes.js';
import { TURNS } from './stories/turns.js';
import type { Story } from './story.js';

const GROUPS: Readonly<Record<string, readonly Story[]>> = {
  Turns: TURNS,
  Questions: QUESTIONS,
  'What dies': DEATHS,
  Conversations: CONVERSATIONS,
  'Other runtimes': RUNTIME_STORIES,
};

declare module 'vitest' {
  interface TaskMeta {
    /** What a passed test says of a version of Codex, for the table of versions. */
    codexVersion?: { readonly version: string; readonly support: 'works' | 'lesser' | 'cannot'; readonly note?: string };
  }
}

export function playStories(version: string): void {
  const limits = LIMITS.filter((limit) => limit.versions.includes(version));
  for (const { promise } of limits) {
    if (
      !Object.values(GROUPS)
        .flat()
        .some((story) => story.promise === promise)
    )
      throw new Error(`no story promises "${promise}"`);
  }
  describe(`Codex ${version}`, () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.of(version);
    });
    afterAll(async () => await stage[Symbol.asyncDispose]());

    for (const [group, stories] of Object.entries(GROUPS)) {
      describe(group, () => {
        for (const { promise, play } of stories) {
          const limit = limits.find((one) => one.promise === promise);
          test(promise, async ({ task }) => {
            task.meta.codexVersion = { version, support: limit?.support ?? 'works', ...(limit === undefined ? {} : { note: limit.note }) };
            await (limit?.play ?? play)(stage);
          });
        }
      });
    }
  });
}
