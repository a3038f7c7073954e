/**
 * A hub that is loaded with the first one who needs it: at the start, where there are tasks, schedules, webhooks or agents from elsewhere to
 * look after; else when somebody asks. Most hosts have none, and start without it.
 */

import { messageOf, SpoolError } from '../base/errors.js';
import { demand } from '../contract/rights.js';
import type { OutsideAgent } from '../contract/task.js';
import type { OutsideDirectory } from '../ports/outside-agents.js';
import type { Hub, Schedules, Webhooks } from './face.js';
import { FirstLook } from './first-look.js';
import type { HubParts } from './hub.js';
import { principalIn } from './outside-principal.js';

type Make = (parts: HubParts) => Hub;

const NONE = { queued: 0, leased: 0, running: 0, waiting: 0, replied: 0, failed: 0, cancelled: 0, expired: 0 };

/** Disposed like the hub that it stands for. `load` is asked once. */
export function lazyHub(parts: HubParts, load: () => Promise<Make> = async () => (await import('./hub.js')).createHub): Hub {
  const look = new FirstLook(parts.log);
  const later = new Later(async () => (await load())({ ...parts, look }));
  const wanted = async (): Promise<void> => {
    if (parts.outside.list().length > 0 || (await look.any())) await later.get();
  };
  wanted().catch((err: unknown) => {
    if (!later.closed) parts.logger.error({ err }, `the tasks of this host cannot be looked after: ${messageOf(err)}`);
  });
  return new LazyHub(later, parts.outside);
}

class Later implements AsyncDisposable {
  readonly #make: () => Promise<Hub>;
  #made: Promise<Hub> | undefined;
  /** Once it is there. */
  hub: Hub | undefined;
  closed = false;

  constructor(make: () => Promise<Hub>) {
    this.#make = make;
  }

  get(): Promise<Hub> {
    if (this.closed && this.#made === undefined) return Promise.reject(new SpoolError('unavailable', 'the host is stopping'));
    this.#made ??= this.#make().then((hub) => {
      this.hub = hub;
      return hub;
    });
    return this.#made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    const made = await this.#made?.catch(() => undefined);
    await made?.[Symbol.asyncDispose]();
  }
}

class LazyHub implements Hub {
  readonly #later: Later;
  readonly #outside: OutsideDirectory;

  constructor(later: Later, outside: OutsideDirectory) {
    this.#later = later;
    this.#outside = outside;
  }

  readonly sendTask: Hub['sendTask'] = async (...args) => (await this.#later.get()).sendTask(...args);
  readonly listTasks: Hub['listTasks'] = async (...args) => (await this.#later.get()).listTasks(...args);
  readonly task: Hub['task'] = async (...args) => (await this.#later.get()).task(...args);
  readonly waitTask: Hub['waitTask'] = async (...args) => (await this.#later.get()).waitTask(...args);
  readonly cancelTask: Hub['cancelTask'] = async (...args) => (await this.#later.get()).cancelTask(...args);
  readonly holdTask: Hub['holdTask'] = async (...args) => (await this.#later.get()).holdTask(...args);
  readonly approveTask: Hub['approveTask'] = async (...args) => (await this.#later.get()).approveTask(...args);
  readonly reportProgress: Hub['reportProgress'] = async (...args) => (await this.#later.get()).reportProgress(...args);
  readonly replyTask: Hub['replyTask'] = async (...args) => (await this.#later.get()).replyTask(...args);
  readonly failTask: Hub['failTask'] = async (...args) => (await this.#later.get()).failTask(...args);
  readonly leaseTask: Hub['leaseTask'] = async (...args) => (await this.#later.get()).leaseTask(...args);
  readonly taskOf: Hub['taskOf'] = async (...args) => (await this.#later.get()).taskOf(...args);
  readonly peers: Hub['peers'] = async (...args) => (await this.#later.get()).peers(...args);
  readonly events: Hub['events'] = async (...args) => (await this.#later.get()).events(...args);
  readonly head: Hub['head'] = async (...args) => (await this.#later.get()).head(...args);
  readonly nodes: Hub['nodes'] = async (...args) => (await this.#later.get()).nodes(...args);
  readonly admitOutsideAgent: Hub['admitOutsideAgent'] = async (...args) => (await this.#later.get()).admitOutsideAgent(...args);
  readonly dismissOutsideAgent: Hub['dismissOutsideAgent'] = async (...args) => (await this.#later.get()).dismissOutsideAgent(...args);
  readonly present: Hub['present'] = async (...args) => (await this.#later.get()).present(...args);

  async *follow(...args: Parameters<Hub['follow']>): ReturnType<Hub['follow']> {
    yield* (await this.#later.get()).follow(...args);
  }

  readonly counts: Hub['counts'] = () => this.#later.hub?.counts() ?? NONE;

  /** Nobody is online who was not heard of, and who is heard of is so by the hub. */
  readonly listOutsideAgents: Hub['listOutsideAgents'] = (by) => {
    demand(by, 'view');
    const offline = (): OutsideAgent[] => this.#outside.list().map((agent) => ({ ...agent, online: false }));
    return this.#later.hub?.listOutsideAgents(by) ?? { items: offline(), next: null };
  };
  readonly principalOf: Hub['principalOf'] = (token) => principalIn(this.#outside, token);

  readonly schedules: Schedules = {
    create: async (...args) => (await this.#later.get()).schedules.create(...args),
    list: async (...args) => (await this.#later.get()).schedules.list(...args),
    get: async (...args) => (await this.#later.get()).schedules.get(...args),
    remove: async (...args) => (await this.#later.get()).schedules.remove(...args),
    pause: async (...args) => (await this.#later.get()).schedules.pause(...args),
    resume: async (...args) => (await this.#later.get()).schedules.resume(...args),
    run: async (...args) => (await this.#later.get()).schedules.run(...args),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };

  readonly webhooks: Webhooks = {
    create: async (...args) => (await this.#later.get()).webhooks.create(...args),
    list: async (...args) => (await this.#later.get()).webhooks.list(...args),
    get: async (...args) => (await this.#later.get()).webhooks.get(...args),
    remove: async (...args) => (await this.#later.get()).webhooks.remove(...args),
    deadLetters: async (...args) => (await this.#later.get()).webhooks.deadLetters(...args),
    redeliver: async (...args) => (await this.#later.get()).webhooks.redeliver(...args),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };

  [Symbol.asyncDispose](): Promise<void> {
    return this.#later[Symbol.asyncDispose]();
  }
}
