/**
 * The person of a soak: lets held tasks go, says whether what may have been done in part is done again, answers questions of agents.
 * What is said follows from the seed and the task, so that a repeat of it says the same.
 */

import type { Api } from '../chaos/api.js';
import type { Task, TaskWait } from '../src/contract/task.js';
import { chanceOf } from '../src/testing/seeded.js';

/** How often is looked for what waits. */
const EVERY_MS = 300;

export interface PersonParts {
  readonly api: Api;
  readonly seed: number;
  readonly onBroken: (error: Error) => void;
}

export class Person {
  /** What was said, by what it was about. */
  readonly said = new Map<string, number>();
  readonly #parts: PersonParts;
  #over = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: PersonParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#looking = this.#look().catch(this.#parts.onBroken);
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { api } = this.#parts;
    while (!this.#over) {
      const waiting = (await api.get('/v1/tasks?status=waiting&limit=1000')) as unknown as { items: Task[] };
      for (const task of waiting.items) if (task.waiting !== undefined) await this.#decide(task, task.waiting);
      const asked = (await api.get('/v1/tasks?to=person&status=open&limit=1000')) as unknown as { items: Task[] };
      for (const task of asked.items) if (task.status !== 'waiting') await this.#reply(task);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  async #decide(task: Task, waiting: TaskWait): Promise<void> {
    const chance = chanceOf(this.#parts.seed, waiting.for, task.id, task.attempts);
    switch (waiting.for) {
      case 'release':
        return await this.#say(`held, ${chance < 0.85 ? 'let go' : 'called off'}`, task, chance < 0.85 ? 'approve' : 'cancel', waiting);
      case 'decision':
        return await this.#say(`in part, ${chance < 0.6 ? 'again' : 'called off'}`, task, chance < 0.6 ? 'approve' : 'cancel', waiting);
      case 'approval':
        return await this.#answer(waiting.id ?? '', chance < 0.8 ? 'accept' : 'decline');
      case 'person':
        return;
    }
  }

  /** A refusal says that it is too late: the task is further by now. */
  async #say(what: string, { id, attempts }: Task, verb: 'approve' | 'cancel', waiting: TaskWait): Promise<void> {
    const key = `${verb} ${waiting.for} ${id} ${attempts}`;
    const { status } = await this.#parts.api.send({ method: 'POST', path: `/v1/tasks/${id}/${verb}`, body: {}, key });
    if (status === 200) this.#count(what);
  }

  async #answer(approval: string, decision: 'accept' | 'decline'): Promise<void> {
    const key = `answer ${approval}`;
    const { status } = await this.#parts.api.send({ method: 'POST', path: `/v1/approvals/${approval}`, body: { decision }, key });
    if (status === 200) this.#count(`asked, ${decision === 'accept' ? 'allowed' : 'declined'}`);
  }

  async #reply({ id }: Task): Promise<void> {
    const body = { text: `a person says ${id}` };
    const { status } = await this.#parts.api.send({ method: 'POST', path: `/v1/tasks/${id}/reply`, body, key: `reply ${id}` });
    if (status === 200) this.#count('asked, replied');
  }

  #count(what: string): void {
    this.said.set(what, (this.said.get(what) ?? 0) + 1);
  }
}
