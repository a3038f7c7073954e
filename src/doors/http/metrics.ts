/**
 * `/metrics`: what the host says of itself, and what the server counted, as Prometheus text. Counting costs a map entry; the library
 * that makes the text is loaded when somebody asks for it.
 */

import type { Registry } from 'prom-client';
import type { Host } from '../../host/face.js';
import type { Hub } from '../../network/face.js';

/** Requests since the start, by route and status. */
export class Counts {
  readonly requests = new Map<string, { readonly route: string; readonly status: number; count: number }>();

  /** `route` is a route's name, a mount's prefix, or `none`: never a path, of which there is no end. */
  request(route: string, status: number): void {
    const key = `${route} ${status}`;
    const entry = this.requests.get(key) ?? { route, status, count: 0 };
    entry.count += 1;
    this.requests.set(key, entry);
  }
}

export interface MetricsParts {
  readonly host: Host;
  readonly hub: Hub;
  readonly counts: Counts;
  /** How many event streams are open. */
  readonly streams: () => number;
}

/** Makes the text; each call reads everything anew. */
export function createMetrics(parts: MetricsParts): () => Promise<string> {
  let built: ReturnType<typeof build> | undefined;
  return async () => {
    built ??= build(parts);
    const { registry, read } = await built;
    // Before the text is begun: a metric that was written already would show what the last scrape knew.
    await read();
    return registry.metrics();
  };
}

const ENDED = ['replied', 'failed', 'cancelled', 'expired'] as const;
const OPEN = ['queued', 'leased', 'running', 'waiting'] as const;

async function build({ host, hub, counts, streams }: MetricsParts) {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const info = new Gauge({ name: 'spool_info', help: 'Always 1; the version of the host', labelNames: ['version'], registers });
  info.set({ version: host.version }, 1);
  const sessions = new Gauge({ name: 'spool_sessions', help: 'Sessions in memory, by state', labelNames: ['state'], registers });
  const runtimes = new Gauge({ name: 'spool_runtime_processes', help: 'Runtime processes', labelNames: ['runtime'], registers });
  const threads = new Gauge({ name: 'spool_runtime_threads', help: 'Threads that runtimes serve', labelNames: ['runtime'], registers });
  const memory = new Gauge({
    name: 'spool_runtime_memory_bytes',
    help: 'Resident memory of runtime processes with all that they started',
    labelNames: ['runtime'],
    registers,
  });
  const records = new Gauge({ name: 'spool_log_records', help: 'Records in the log', registers });
  countTasks(await import('prom-client'), registers, hub);
  new Gauge({
    name: 'spool_event_streams',
    help: 'Open event streams (SSE)',
    registers,
    collect() {
      this.set(streams());
    },
  });
  new Counter({
    name: 'spool_http_requests_total',
    help: 'HTTP requests answered',
    labelNames: ['route', 'status'],
    registers,
    collect() {
      this.reset();
      for (const { route, status, count } of counts.requests.values()) this.inc({ route, status: String(status) }, count);
    },
  });
  const read = async (): Promise<void> => {
    const status = await host.status();
    records.set(status.events);
    for (const [state, count] of Object.entries(status.sessions)) sessions.set({ state }, count);
    for (const gauge of [runtimes, threads, memory]) gauge.reset();
    for (const one of status.runtimes) {
      if (one.pid !== null) runtimes.inc({ runtime: one.runtime });
      threads.inc({ runtime: one.runtime }, one.threads);
      if (one.memoryBytes !== null) memory.inc({ runtime: one.runtime }, one.memoryBytes);
    }
  };
  return { registry, read };
}

function countTasks({ Counter, Gauge }: typeof import('prom-client'), registers: Registry[], hub: Hub): void {
  new Gauge({
    name: 'spool_tasks',
    help: 'Open tasks, by status',
    labelNames: ['status'],
    registers,
    collect() {
      const counts = hub.counts();
      for (const status of OPEN) this.set({ status }, counts[status]);
    },
  });
  new Counter({
    name: 'spool_tasks_ended_total',
    help: 'Tasks that have ended since the start, by how',
    labelNames: ['status'],
    registers,
    collect() {
      this.reset();
      const counts = hub.counts();
      for (const status of ENDED) this.inc({ status }, counts[status]);
    },
  });
}
