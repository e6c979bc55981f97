/**
 * Where records live: three calls, one of them a compare-and-swap.
 *
 * What each wrong answer costs:
 * - `load` from a replica that lags: a used code may be accepted again. Read from the primary.
 * - `save` that does not compare the version: two requests with one code both get in.
 * - `save` that says `true` before the commit is durable: a crash undoes a lockout or revives a used code.
 * - `save` inside the caller's transaction: its rollback undoes a lockout.
 */
import type { TwoFactorEvent } from './events.ts'

/** A value, or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>

/** One user's record as it is stored: sealed, opaque to the storage. */
export interface StoredRecord {
  /** Chosen by the engine, a whole number below 2^53; a storage compares it and never counts. */
  readonly version: number
  /** Whether the user has a second factor: in clear for counting, bound into the seal. */
  readonly enabled: boolean
  /** The key that sealed it: in clear for key sweeps, bound into the seal. 1 to 16 characters of ASCII. */
  readonly keyId: string
  /** The sealed bytes, at most some kilobytes. Like any `Buffer` they may lie amid others: keep these bytes, not their `buffer`. */
  readonly data: Uint8Array
}

/**
 * A store. It may answer directly or by promise. Whatever it throws or rejects with becomes `storage_error`; what does not settle
 * within `storageTimeoutMs` becomes `storage_timeout`. Run `storageKit` of `twinlock/testing` on your own.
 */
export interface Storage {
  /**
   * The record of that user; `null` = there never was one. Must see every committed `save`. Anything else, `undefined` too, is
   * refused: a forgotten `return` must let nobody in.
   */
  load(userId: string): MaybePromise<StoredRecord | null>
  /**
   * Writes record and events in one commit of its own if the stored version is still `expected` (`null` = only if there is no
   * record). `false` = somebody else was first, nothing was written, events neither.
   */
  save(
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[],
  ): MaybePromise<boolean>
  /** Deletes the record and the events of that user; nothing there is fine. */
  erase(userId: string): MaybePromise<void>
}

/** What a storage can tell beyond single records; optional for an adapter. */
export interface Reports {
  /** The newest events of a user first, `limit` at most, with an id (32 hexadecimal digits) below `before` where given. */
  events(userId: string, before: string | null, limit: number): MaybePromise<TwoFactorEvent[]>
  /** Figures for an operator's page; `now` in Unix seconds, a month is 30 days of 86,400 seconds. */
  stats(now: number): MaybePromise<Stats>
  /** Users whose records are sealed by another key than `keyId`, in the byte order of their ids, after `after`. */
  stale(keyId: string, after: string | null, limit: number): MaybePromise<string[]>
  /** Deletes events older than `before` (Unix seconds); gives how many. */
  purge(before: number): MaybePromise<number>
}

/** Figures for an operator's page. */
export interface Stats {
  /** Users with a second factor now. */
  readonly enabledUsers: number
  /** Times it was switched on in the last 30 days. */
  readonly enabled30d: number
  /** Times it was switched off or reset in the last 30 days. */
  readonly disabled30d: number
  /** Counted wrong codes in the last 30 days. */
  readonly failed30d: number
}
