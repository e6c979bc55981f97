/** A store in memory, for tests and for trying things out: everything is gone when the process ends. */
import type { TwoFactorEvent } from '../events.ts'
import type { Reports, Stats, Storage, StoredRecord } from '../storage.ts'

const MONTH = 30 * 86_400

interface Entry {
  record: StoredRecord
  events: TwoFactorEvent[]
}

/**
 * Records and events in memory, of one process. Answers directly, so one operation takes microseconds. What is saved is kept as it
 * is, not copied: who changes its bytes afterwards has changed the record.
 */
export class MemoryStorage implements Storage, Reports {
  readonly #users = new Map<string, Entry>()

  load(userId: string): StoredRecord | null {
    const entry = this.#users.get(userId)
    return entry === undefined ? null : entry.record
  }

  save(userId: string, expected: number | null, record: StoredRecord, events: readonly TwoFactorEvent[]): boolean {
    const entry = this.#users.get(userId)
    if ((entry === undefined ? null : entry.record.version) !== expected) return false
    if (entry === undefined) {
      this.#users.set(userId, { record, events: [...events] })
    } else {
      entry.record = record
      for (const event of events) entry.events.push(event)
    }
    return true
  }

  erase(userId: string): void {
    this.#users.delete(userId)
  }

  events(userId: string, before: string | null, limit: number): TwoFactorEvent[] {
    const events = this.#users.get(userId)?.events ?? []
    const older = before === null ? [...events] : events.filter(event => event.id < before)
    return older.sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, limit)
  }

  stats(now: number): Stats {
    const entries = [...this.#users.values()]
    const recent = entries.flatMap(entry => entry.events.filter(event => event.at >= now - MONTH))
    const count = (...types: string[]) => recent.filter(event => types.includes(event.type)).length
    return {
      enabledUsers: entries.filter(entry => entry.record.enabled).length,
      enabled30d: count('enrolled'),
      disabled30d: count('disabled', 'reset'),
      failed30d: count('failed'),
    }
  }

  stale(keyId: string, after: string | null, limit: number): string[] {
    const others = [...this.#users].filter(([, { record }]) => record.keyId !== keyId).map(([userId]) => userId)
    const sorted = others.sort(compareBytes)
    return sorted.filter(userId => after === null || compareBytes(userId, after) > 0).slice(0, limit)
  }

  purge(before: number): number {
    let purged = 0
    for (const entry of this.#users.values()) {
      const kept = entry.events.filter(event => event.at >= before)
      purged += entry.events.length - kept.length
      entry.events = kept
    }
    return purged
  }
}

/** The order of their UTF-8 bytes, as databases sort them; JavaScript's own order differs beyond U+FFFF. */
function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
