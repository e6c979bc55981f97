import type { Reports, Stats, Storage, StoredRecord, TwoFactorEvent } from 'twinlock'

/** What all connections to one {@link MapStorage} share. */
export class Data {
  records = new Map<string, StoredRecord>()
  events = new Map<string, TwoFactorEvent[]>()
}

/** A storage as a user would write it, in parts that a test can break one by one. */
export class MapStorage implements Storage, Reports {
  constructor(protected readonly data: Data = new Data()) {}

  async load(userId: string): Promise<StoredRecord | null> {
    return this.data.records.get(this.key(userId)) ?? null
  }

  async save(
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[],
  ): Promise<boolean> {
    const key = this.key(userId)
    if ((this.data.records.get(key)?.version ?? null) !== expected) return false
    const ids = new Set([...this.data.events.values()].flat().map(({ id }) => id))
    if (events.some(({ id }) => ids.has(id))) throw new Error('unique constraint')
    this.data.records.set(key, this.kept(record))
    this.append(key, events)
    return true
  }

  async erase(userId: string): Promise<void> {
    this.data.records.delete(this.key(userId))
    this.data.events.delete(this.key(userId))
  }

  async events(userId: string, before: string | null, limit: number): Promise<TwoFactorEvent[]> {
    const events = this.data.events.get(this.key(userId)) ?? []
    const older = events.filter(({ id }) => before === null || id < before)
    return older.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit)
  }

  async stats(now: number): Promise<Stats> {
    const recent = [...this.data.events.values()].flat().filter(({ at }) => at >= now - 30 * 86_400)
    const count = (...types: string[]) => recent.filter(({ type }) => types.includes(type)).length
    return {
      enabledUsers: [...this.data.records.values()].filter(({ enabled }) => enabled).length,
      enabled30d: count('enrolled'),
      disabled30d: count('disabled', 'reset'),
      failed30d: count('failed'),
    }
  }

  async stale(keyId: string, after: string | null, limit: number): Promise<string[]> {
    const others = [...this.data.records].filter(([, record]) => record.keyId !== keyId).map(([userId]) => userId)
    others.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return others
      .filter(userId => after === null || Buffer.compare(Buffer.from(userId), Buffer.from(after)) > 0)
      .slice(0, limit)
  }

  async purge(before: number): Promise<number> {
    let purged = 0
    for (const [userId, events] of this.data.events) {
      const left = events.filter(({ at }) => at >= before)
      purged += events.length - left.length
      this.data.events.set(userId, left)
    }
    return purged
  }

  protected key(userId: string): string {
    return userId
  }

  protected kept(record: StoredRecord): StoredRecord {
    return { ...record, data: Uint8Array.from(record.data) }
  }

  protected append(key: string, events: readonly TwoFactorEvent[]): void {
    this.data.events.set(key, [...(this.data.events.get(key) ?? []), ...events])
  }
}
