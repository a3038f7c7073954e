/** One session of a story, talked with in short words. */

import type { Client } from '../../src/client/index.js';
import type { Approval } from '../../src/contract/approval.js';
import type { Event, EventData, EventType } from '../../src/contract/events.js';
import type { Item, ItemKind } from '../../src/contract/item.js';
import type { RouteBody } from '../../src/contract/routes.js';
import type { Session, Turn } from '../../src/contract/session.js';
import { eventOf } from '../stories/rig.js';

type ItemOf<K extends ItemKind> = Extract<Item, { kind: K }>;
type Request = RouteBody<'requestTurn'>;

export class Talk {
  readonly client: Client;
  readonly id: string;

  constructor(client: Client, id: string) {
    this.client = client;
    this.id = id;
  }

  session(): Promise<Session> {
    return this.client.sessions.get(this.id);
  }

  /** Asks for a turn. */
  async ask(input: Request['input'], more: Omit<Request, 'input'> = {}): Promise<Turn> {
    return (await this.client.turns.request(this.id, { input, ...more })).turn;
  }

  ended(turn: Turn): Promise<Turn> {
    return this.client.wait(this.id, turn.id);
  }

  /** Asks for a turn and waits for its end. */
  async run(input: Request['input'], more: Omit<Request, 'input'> = {}): Promise<Turn> {
    return await this.ended(await this.ask(input, more));
  }

  /** Asks for a turn that has to ask a person something, and gives the question. */
  async runUntilAsked(input: string): Promise<{ readonly turn: Turn; readonly approval: Approval }> {
    const turn = await this.ask(input);
    const asked = await eventOf(this.client, this.id, (event): event is Event<'approval.asked'> => {
      return event.type === 'approval.asked' && event.turn === turn.id;
    });
    return { turn, approval: asked.data.approval };
  }

  answer(approval: Approval, body: RouteBody<'answerApproval'>): Promise<Approval> {
    return this.client.approvals.answer(approval.id, body);
  }

  /** Waits for an event of the turn. */
  async saw(turn: Turn, type: EventType): Promise<void> {
    await eventOf(this.client, this.id, (event) => event.turn === turn.id && event.type === type);
  }

  /** The data of all events of a type so far, in their order; of one turn if given. */
  async told<T extends EventType>(type: T, turn?: Turn): Promise<EventData<T>[]> {
    const events = (await this.client.sessions.events(this.id, { limit: 10_000 })).events as unknown as Event[];
    return events.flatMap((event) =>
      event.type === type && (turn === undefined || event.turn === turn.id) ? [event.data as EventData<T>] : [],
    );
  }

  /** The completed items of a kind so far; of one turn if given. */
  async items<K extends ItemKind>(kind: K, turn?: Turn): Promise<ItemOf<K>[]> {
    const all = (await this.told('item.completed', turn)).map(({ item }) => item);
    return all.filter((item): item is ItemOf<K> => item.kind === kind);
  }

  /** The first so many commands to end, as soon as they have: some versions tell the end of a command after that of its turn. */
  async commands(count: number): Promise<ItemOf<'command'>[]> {
    let ended = 0;
    await eventOf(this.client, this.id, ({ type, data }) => type === 'item.completed' && data.item.kind === 'command' && ++ended === count);
    return await this.items('command');
  }
}
