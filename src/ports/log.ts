/**
 * The log: every durable fact of a host, in streams, in order. This file is the whole contract; an implementation proves itself
 * with the acceptance suite in testing/log-acceptance.ts.
 *
 * One append writes one record of one or more events: all of them or none. An append that resolved has reached the disk (where
 * the store has one): whoever was answered after it can be answered the same after a power cut. Appends of one stream are
 * ordered; positions within a stream are whole numbers from 1 with no gaps. The log also numbers records across all streams
 * (`seq`); only this order is guaranteed between streams.
 *
 * The log never looks into an event's body. A body is the text of a JSON object; what is read is byte for byte what was written.
 */

export type StreamId = string;

/** Where an event stands in its stream (from 1), or, when reading all streams, a record's `seq`. 0 is before the first. */
export type Position = number;

/** What a stream was like when it was last seen; only its log can read it. */
export type Version = string & { readonly opaque: 'log version' };

export interface NewEvent {
  readonly type: string;
  readonly body: string;
}

export interface NewRecord {
  readonly events: readonly NewEvent[];
  /** Makes a repeat harmless: within a stream, a second append with the same command id writes nothing. */
  readonly commandId?: string | undefined;
}

export interface LoggedEvent extends NewEvent {
  readonly position: Position;
}

export interface LogRecord {
  readonly stream: StreamId;
  readonly seq: Position;
  /** At least one. The first ones are left out where a read starts in the middle of a record. */
  readonly events: readonly LoggedEvent[];
  readonly commandId: string | undefined;
  /** The stream's version once this record is in it. */
  readonly version: Version;
}

export interface Receipt {
  readonly version: Version;
  /** Positions of the first and the last event of the record. */
  readonly first: Position;
  readonly last: Position;
  /** True when the command id was known: this is the receipt of the first append, and nothing was written now. */
  readonly duplicate: boolean;
}

export interface Head {
  readonly position: Position;
  readonly version: Version | 'none';
}

export interface Query {
  /** One stream, or all of them when absent. */
  readonly stream?: StreamId | undefined;
  /** Start behind this position (exclusive). */
  readonly after: Position;
}

export interface Log extends AsyncDisposable {
  /**
   * Appends one record. `expected` is the version that the writer believes the stream to have, `'none'` for a stream that must
   * not exist yet, `'any'` for no check. A known command id wins over everything: it resolves with the first receipt.
   * Rejects with `conflict` when the version differs, `storage-full` when there is no room, `unavailable` after disposal; a
   * rejected append has written nothing and the log stays usable.
   */
  append(stream: StreamId, record: NewRecord, expected: Version | 'none' | 'any'): Promise<Receipt>;

  /** All records behind `after` that are durable at the call, then ends. `signal` ends the reading early, with its reason thrown. */
  read(query: Query & { readonly signal?: AbortSignal | undefined }): AsyncIterable<LogRecord>;

  /**
   * The same, and then what is appended, as it becomes durable, for ever: no gap, no repeat, in order. Ends quietly when `signal`
   * is aborted or the log is disposed. A slow reader holds up nobody and costs no memory that grows with its delay.
   */
  follow(query: Query & { readonly signal: AbortSignal }): AsyncIterable<LogRecord>;

  /** The position and version of a stream's last event (0 and `'none'` for an unknown stream), or of the last record of all. */
  head(stream?: StreamId): Promise<Head>;

  /** The receipt of the append that carried this command id, or null: lets a repeat be answered before anything is decided anew. */
  find(stream: StreamId, commandId: string): Promise<Receipt | null>;

  /** Every stream there is, with its head, in the order of their first records. */
  streams(): AsyncIterable<{ readonly stream: StreamId; readonly head: Position }>;
}
