/**
 * A cache of folded streams. It only saves time: any row may be stale or missing, and deleting all of it loses nothing, because
 * whoever loads a snapshot reads the log on from the snapshot's position. Saving is therefore never part of an append.
 */

import type { Position, StreamId } from './log.js';

export interface Snapshot {
  readonly stream: StreamId;
  /** The last event that is folded into `state`. */
  readonly position: Position;
  /** The folded state as JSON text; its own `format` number tells whether this program can read it. */
  readonly state: string;
  /** What lists show and filter by, so that a list need not parse states. */
  readonly summary: SnapshotSummary;
}

export interface SnapshotSummary {
  readonly agent: string;
  readonly status: string;
  /** ISO time; lists run from the newest to the oldest. */
  readonly updatedAt: string;
  /** False while work or a question is open: such streams are woken at start. */
  readonly settled: boolean;
  /** The list row as JSON text. */
  readonly row: string;
}

export interface SnapshotQuery {
  readonly agent?: string | undefined;
  readonly status?: string | undefined;
  readonly limit: number;
  /** What the last page returned as `next`. */
  readonly cursor?: string | undefined;
}

export interface Snapshots extends AsyncDisposable {
  load(stream: StreamId): Promise<Snapshot | null>;
  /** Replaces the stream's snapshot; a lower position than the stored one is ignored. Never rejects for a full disk: it is a cache. */
  save(snapshot: Snapshot): Promise<void>;
  list(query: SnapshotQuery): Promise<{ readonly items: readonly Snapshot[]; readonly next: string | null }>;
  /** Position and settledness of every snapshot, for recovery at start. */
  marks(): Promise<ReadonlyMap<StreamId, { readonly position: Position; readonly settled: boolean }>>;
  remove(stream: StreamId): Promise<void>;
}
