/**
 * A small server that speaks the contract from memory, so that clients can be tried against faults that a real host does not have
 * on demand: cut streams, repeats, skips, refusals. No runtime, no log.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpoolError } from '../../src/base/errors.js';
import type { Approval } from '../../src/contract/approval.js';
import type { Event, Unplaced } from '../../src/contract/events.js';
import type { ModelInfo } from '../../src/contract/host.js';
import { problemOf } from '../../src/contract/problem.js';
import { inputItems, type RequestTurn, type Session, type Turn, type TurnAction } from '../../src/contract/session.js';

/** What goes wrong with the next stream that is opened. */
export interface StreamFault {
  /** Breaks the connection after so many events, in the middle of the frame that would follow. */
  readonly cutAfter?: number;
  /** Refuses with this status instead of streaming. */
  readonly status?: number;
  /** Sends the events from here, whatever was asked for. */
  readonly from?: number;
  readonly opened?: Record<string, unknown>;
}

interface Kept {
  session: Session;
  turns: Turn[];
  events: Event[];
  readers: Set<() => void>;
}

export class ContractHost implements AsyncDisposable {
  readonly token = 'a-token-of-the-test';
  /** Taken one a stream; streams go well when none is left. */
  readonly faults: StreamFault[] = [];
  /** `after` of every stream that was opened. */
  readonly asked: number[] = [];
  readonly requests: { method: string; path: string; body: unknown }[] = [];
  readonly approvals = new Map<string, Approval>();
  /** What happens when a turn is asked for. */
  onTurn: (session: string, turn: Turn) => void = () => undefined;
  onAnswer: (approval: Approval) => void = () => undefined;
  onInterrupt: (session: string) => void = () => undefined;
  /** What is wrong with an answer, where something is. */
  refuse: (approval: Approval, answer: NonNullable<Approval['answer']>) => string | undefined = () => undefined;
  models: ModelInfo[] = [];
  readonly #kept = new Map<string, Kept>();
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      const problem = problemOf(SpoolError.from(error));
      response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify(problem));
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A session with this id, with nothing in its log yet. */
  addSession(id: string, more: Partial<Session> = {}): Session {
    const at = '2026-01-01T00:00:00.000Z';
    const base = {
      agent: 'default',
      runtime: 'codex-app-server',
      status: 'idle',
      threadId: null,
      title: null,
      cwd: '/home/ann/project',
    } as const;
    const rest = { model: null, effort: null, permissions: {}, currentTurn: null, lastTurn: null, queued: 0, pendingApprovals: [] };
    const session: Session = { id, ...base, ...rest, position: 0, createdAt: at, updatedAt: at, usage: null, ...more };
    this.#kept.set(id, { session, turns: [], events: [], readers: new Set() });
    return session;
  }

  /** Records an event and wakes the readers; turns and the session's status follow it. */
  append(id: string, event: Unplaced): Event {
    const kept = this.#get(id);
    const placed = { ...event, position: kept.events.length + 1, session: id } as Event;
    kept.events.push(placed);
    kept.session = { ...kept.session, position: placed.position };
    const status = placed.type.startsWith('turn.') ? placed.type.slice(5) : '';
    if (status === 'completed' || status === 'failed' || status === 'interrupted') this.#endTurn(kept, placed, status);
    if (placed.type === 'turn.started') {
      kept.turns = kept.turns.map((turn) => (turn.id === placed.turn ? { ...turn, status: 'running', startedAt: placed.at } : turn));
    }
    if (placed.type === 'approval.asked') this.#rule(kept, placed.data.approval);
    for (const wake of kept.readers) wake();
    return placed;
  }

  /** As a host: what a policy without rules answers is asked and answered in one go; what takes more than a yes waits for a person. */
  #rule(kept: Kept, { id, kind }: Approval): void {
    const mode = kept.session.approvals?.mode ?? 'ask';
    const takesYes = kind === 'command' || kind === 'fileChange' || kind === 'permissions';
    if (mode === 'deny' || (mode === 'auto' && takesYes)) {
      this.#answerApproval(id, { decision: mode === 'auto' ? 'accept' : 'decline' }, 'policy', `the mode "${mode}"`);
    }
  }

  #endTurn(kept: Kept, event: Event, status: 'completed' | 'failed' | 'interrupted'): void {
    const error =
      event.type === 'turn.failed' ? { code: event.data.code, message: event.data.message, retryable: event.data.retryable } : null;
    const finalText = 'finalText' in event.data ? event.data.finalText : null;
    kept.turns = kept.turns.map((turn) => (turn.id === event.turn ? { ...turn, status, error, finalText, endedAt: event.at } : turn));
    const lastTurn = { id: event.turn ?? '', status, error };
    const ofCurrent = kept.session.currentTurn === event.turn;
    kept.session = { ...kept.session, ...(ofCurrent ? { status: 'idle', currentTurn: null } : {}), lastTurn };
  }

  #get(id: string): Kept {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw new SpoolError('not-found', `no session ${id}`, { hint: '`spool ls` shows the sessions' });
    return kept;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://host');
    const text: string[] = [];
    for await (const chunk of request) text.push(String(chunk));
    const body: unknown = text.length === 0 ? undefined : JSON.parse(text.join(''));
    const method = request.method ?? '';
    this.requests.push({ method, path: url.pathname, body });
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      throw new SpoolError('unauthorized', 'the token is not valid', { hint: 'pass --token' });
    }
    const [, , room, id = '', part = '', last = ''] = url.pathname.split('/');
    if (part === 'events' && request.headers.accept === 'text/event-stream') {
      const after = Number(request.headers['last-event-id'] ?? url.searchParams.get('after') ?? 0);
      return this.#stream(this.#get(id), after, response);
    }
    const [status, answer] = this.#answer(
      `${method} ${room}${id === '' ? '' : '/id'}${part === '' ? '' : `/${part}`}`,
      id,
      last,
      url,
      body,
    );
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }

  #answer(route: string, id: string, last: string, url: URL, body: unknown): [number, unknown] {
    switch (route) {
      case 'GET status':
        return [200, { version: '0.0.0', pid: 1, sessions: {}, runtimes: [] }];
      case 'GET agents':
        return [200, { items: [{ alias: 'default', runtime: 'codex-app-server', codexHome: '/home/ann/.codex' }], next: null }];
      case 'POST sessions':
        return [201, this.addSession(this.#nextId(), body as Partial<Session>)];
      case 'GET sessions':
        return [200, { items: [...this.#kept.values()].map(({ session }) => session), next: null }];
      case 'GET sessions/id':
        return [200, this.#get(id).session];
      case 'PATCH sessions/id': {
        const kept = this.#get(id);
        kept.session = { ...kept.session, ...(body as { title: string }) };
        return [200, kept.session];
      }
      case 'POST sessions/id/fork': {
        const { turn, title } = body as { turn?: string; title?: string };
        const from = this.#get(id).session;
        const forkedFrom = { session: id, turn: turn ?? null };
        return [201, this.addSession(this.#nextId(), { ...from, id: this.#nextId(), title: title ?? from.title, forkedFrom })];
      }
      case 'POST sessions/id/compact':
        return [202, this.#requestTurn(id, { input: [], action: { type: 'compact' } })];
      case 'POST sessions/id/review':
        return [
          202,
          this.#requestTurn(id, { input: [], action: { type: 'review', ...(body as { target: { type: 'uncommittedChanges' } }) } }),
        ];
      case 'DELETE sessions/id/turns':
        return [200, this.#takeBack(id, last)];
      case 'GET agents/id/models':
        return [200, { items: this.models, next: null }];
      case 'POST sessions/id/turns':
        return last === ''
          ? [202, this.#requestTurn(id, body as RequestTurn)]
          : [200, this.#move(id, last, body as { before: string | null })];
      case 'GET sessions/id/turns':
        return last === '' ? [200, { items: this.#get(id).turns, next: null }] : [200, this.#turn(id, last)];
      case 'GET sessions/id/events': {
        const after = Number(url.searchParams.get('after') ?? 0);
        return [200, { events: this.#get(id).events.slice(after), next: null }];
      }
      case 'POST sessions/id/interrupt': {
        const { turns, events } = this.#get(id);
        this.onInterrupt(id);
        return [202, { turn: turns.at(-1) ?? null, position: events.length }];
      }
      case 'GET approvals':
        return [200, { items: [...this.approvals.values()].filter(({ status }) => status === 'pending'), next: null }];
      case 'GET approvals/id':
        return [200, this.#approval(id)];
      case 'POST approvals/id':
        return [200, this.#answerApproval(id, body as { decision: 'accept' })];
      default:
        throw new SpoolError('not-found', `${route} is no route`);
    }
  }

  #nextId(): string {
    return `ses_${String(this.#kept.size + 1).padStart(26, '0')}`;
  }

  /** Behind a running turn it waits when it says so, or is work of another kind. */
  #requestTurn(id: string, body: Pick<RequestTurn, 'input' | 'mode'> & { action?: TurnAction }): unknown {
    const kept = this.#get(id);
    const at = '2026-01-01T00:00:01.000Z';
    const input = inputItems(body.input);
    const waits = kept.session.currentTurn !== null && (body.mode === 'queue' || body.action !== undefined);
    const none = { finalText: null, error: null, usage: null, steeredInto: null, startedAt: null, endedAt: null };
    const action = body.action === undefined ? {} : { action: body.action };
    const turn: Turn = {
      id: `trn_${String(kept.turns.length + 1).padStart(26, '0')}`,
      session: id,
      status: waits ? 'queued' : 'running',
      input,
      ...action,
      ...none,
      requestedAt: at,
    };
    kept.turns.push(turn);
    if (!waits) kept.session = { ...kept.session, status: 'running', currentTurn: turn.id };
    const disposition = waits ? 'queued' : 'started';
    const data = { input, mode: body.mode ?? 'auto', disposition, ...action, by: 'owner' } as const;
    const { position } = this.append(id, { type: 'turn.requested', turn: turn.id, at, data });
    if (waits) this.append(id, { type: 'turn.queued', turn: turn.id, at, data: {} });
    this.onTurn(id, turn);
    return { turn, disposition, position };
  }

  #takeBack(id: string, turn: string): Turn {
    if (this.#turn(id, turn).status !== 'queued') throw new SpoolError('conflict', `turn ${turn} has begun`, { hint: 'interrupt it' });
    const data = { finalText: null, usage: null, reason: 'taken back by owner before it began' };
    this.append(id, { type: 'turn.interrupted', turn, at: '2026-01-01T00:00:03.000Z', data });
    return this.#turn(id, turn);
  }

  #move(id: string, turn: string, { before }: { before: string | null }): Turn {
    this.append(id, { type: 'turn.queued', turn, at: '2026-01-01T00:00:03.000Z', data: { reason: 'moved by owner', before } });
    return this.#turn(id, turn);
  }

  #turn(id: string, turn: string): Turn {
    const found = this.#get(id).turns.find((one) => one.id === turn);
    if (found === undefined) throw new SpoolError('not-found', `no turn ${turn}`);
    return found;
  }

  #approval(id: string): Approval {
    const approval = this.approvals.get(id);
    if (approval === undefined) throw new SpoolError('not-found', `no approval ${id}`);
    return approval;
  }

  #answerApproval(id: string, answer: NonNullable<Approval['answer']>, by = 'owner', why?: string): Approval {
    const approval = this.#approval(id);
    if (approval.status !== 'pending') throw new SpoolError('conflict', `${id} was answered by ${approval.answeredBy ?? 'someone'}`);
    const refused = this.refuse(approval, answer);
    if (refused !== undefined) throw new SpoolError('invalid-input', refused);
    const answered: Approval = {
      ...approval,
      status: 'answered',
      answer,
      answeredBy: by,
      ...(why === undefined ? {} : { answeredWhy: why }),
    };
    this.approvals.set(id, answered);
    this.append(approval.session, {
      type: 'approval.answered',
      turn: approval.turn,
      at: '2026-01-01T00:00:03.000Z',
      data: { approval: id, answer, by, ...(why === undefined ? {} : { why }) },
    });
    this.onAnswer(answered);
    return answered;
  }

  #stream(kept: Kept, after: number, response: ServerResponse): void {
    const fault = this.faults.shift() ?? {};
    this.asked.push(after);
    if (fault.status !== undefined) {
      response.writeHead(fault.status).end('out of order');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const opened = { resume: 'ok', head: kept.events.length, ...fault.opened };
    response.write(`event: stream.opened\ndata: ${JSON.stringify(opened)}\n\n: hello\n\n`);
    let next = fault.from ?? (opened.resume === 'gap' ? 0 : after);
    let left = fault.cutAfter ?? Number.POSITIVE_INFINITY;
    const pump = (): void => {
      for (; next < kept.events.length && !response.destroyed; next++) {
        const event = kept.events[next];
        const frame = `id: ${next + 1}\nevent: ${event?.type}\ndata: ${JSON.stringify(event)}\n\n`;
        if (left-- > 0) response.write(frame);
        else response.write(frame.slice(0, frame.length / 2), () => response.destroy());
        if (left < 0) return;
      }
    };
    kept.readers.add(pump);
    response.on('close', () => kept.readers.delete(pump));
    pump();
  }

  /** Breaks all connections. */
  breakAll(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
