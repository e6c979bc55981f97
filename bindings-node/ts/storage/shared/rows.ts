import { storageError } from '../../errors.ts'
import { TwoFactorEvent } from '../../events.ts'
import type { StoredRecord } from '../../storage.ts'

/** Seconds of thirty days. */
export const MONTH = 30 * 86_400

/** Events are purged so many at once, so that no sign-in waits long behind them. */
export const PURGED_AT_ONCE = 1_000

/** What a row of `twinlock_record` may look like as drivers give it. */
export interface RecordRow {
  readonly version: unknown
  readonly enabled: unknown
  readonly keyId: unknown
  readonly data: unknown
}

/** A record as it was stored. What no storage of ours can have written is refused: nobody is let in on doubt. */
export function recordFromRow(row: RecordRow): StoredRecord {
  if (!(row.data instanceof Uint8Array)) throw unreadable('data')
  return {
    version: count(row.version, 'version'),
    enabled: yes(row.enabled, 'enabled'),
    keyId: text(row.keyId, 'key_id'),
    data: row.data,
  }
}

/** What a row of `twinlock_event` may look like as drivers give it. */
export interface EventRow {
  readonly id: unknown
  readonly userId: unknown
  readonly type: unknown
  readonly at: unknown
  readonly success: unknown
  readonly method: unknown
  readonly actor: unknown
  readonly context: unknown
  readonly detail: unknown
}

/** An event as it was stored. */
export function eventFromRow(row: EventRow): TwoFactorEvent {
  return TwoFactorEvent.fromRow({
    id: row.id instanceof Uint8Array ? row.id : text(row.id, 'id'),
    userId: text(row.userId, 'user_id'),
    type: text(row.type, 'type'),
    at: count(row.at, 'at'),
    success: yes(row.success, 'success'),
    method: maybe(row.method, 'method'),
    actor: maybe(row.actor, 'actor'),
    context: maybe(row.context, 'context'),
    detail: text(row.detail, 'detail'),
  })
}

/** A whole number, as drivers give 64-bit columns: a number, a bigint or its digits. */
export function count(value: unknown, column: string): number {
  const number = typeof value === 'bigint' || (typeof value === 'string' && /^\d+$/.test(value)) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  throw unreadable(column)
}

/** A boolean, as drivers give it: itself, 0 and 1, or PostgreSQL's letter. */
function yes(value: unknown, column: string): boolean {
  if (value === true || value === 1 || value === 't' || value === '1') return true
  if (value === false || value === 0 || value === 'f' || value === '0') return false
  throw unreadable(column)
}

/** Text, or the bytes of it where the column is binary so that nothing folds it. */
export function text(value: unknown, column: string): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
  throw unreadable(column)
}

function maybe(value: unknown, column: string): string | null {
  return value === null || value === undefined ? null : text(value, column)
}

/** The refusal for a row that is not as the schema says. */
export function unreadable(column: string): Error {
  return storageError(undefined, `the column ${column} is not as the schema says`)
}

/** The first of several pages of user ids, in the order of their bytes: JavaScript's own order differs beyond U+FFFF. */
export function firstInByteOrder(userIds: readonly string[], limit: number): string[] {
  return [...userIds].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).slice(0, limit)
}

/** The bytes of an event id, or what stands behind them all. */
export function eventIdBelow(before: string | null): Buffer {
  return before === null ? Buffer.alloc(17, 0xff) : Buffer.from(before, 'hex')
}
