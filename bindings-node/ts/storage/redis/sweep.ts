import type { Stats } from '../../storage.ts'
import { count, firstInByteOrder, MONTH, text, unreadable } from '../shared/rows.ts'
import type { Ask, Wire } from './clients.ts'
import { eventFromText, eventsKey, recordKey, userOf } from './layout.ts'
import { PURGE, script } from './scripts.ts'

/** How many keys one SCAN looks at. */
const LOOKED_AT = '500'

/** What only a walk through all keys can tell. Each command has its own deadline; the walk has none. */
export class Sweep {
  constructor(
    private readonly wire: Wire,
    private readonly prefix: string,
    private readonly within: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>,
  ) {}

  async stats(now: number): Promise<Stats> {
    const since = Math.floor(now) - MONTH
    const found: Record<string, number> = {}
    let enabledUsers = 0
    await this.#eachUser(async userId => {
      const [enabled] = await this.#fields(userId)
      if (enabled === '1') enabledUsers += 1
      const events = eventsKey(this.prefix, userId)
      for (const stored of list(await this.#ask(events, ['LRANGE', events, '0', '-1']))) {
        const { type, at } = eventFromText(stored)
        if (at >= since) found[type] = (found[type] ?? 0) + 1
      }
    })
    const { enrolled = 0, disabled = 0, reset = 0, failed = 0 } = found
    return { enabledUsers, enabled30d: enrolled, disabled30d: disabled + reset, failed30d: failed }
  }

  async stale(keyId: string, after: string | null, limit: number): Promise<string[]> {
    const found: string[] = []
    const start = Buffer.from(after ?? '')
    await this.#eachUser(async userId => {
      if (Buffer.compare(Buffer.from(userId), start) <= 0) return
      const [, key] = await this.#fields(userId)
      // Gone meanwhile: not stale.
      if (key !== null && key !== keyId) found.push(userId)
    })
    return firstInByteOrder(found, limit)
  }

  async purge(before: number): Promise<number> {
    let purged = 0
    await this.#eachUser(async userId => {
      const keys = [eventsKey(this.prefix, userId)] as const
      const gone = await this.within(signal => script(this.wire, PURGE, keys, [`${Math.floor(before)}`], signal))
      // Only now: users are swept at the same time, and a sum read before the wait would forget the others'.
      purged += count(Number(gone), 'purged')
    })
    return purged
  }

  async #fields(userId: string): Promise<(string | null)[]> {
    const key = recordKey(this.prefix, userId)
    const fields = list(await this.#ask(key, ['HMGET', key, 'enabled', 'key_id']))
    return fields.map(field => (field === null ? null : text(field, 'record')))
  }

  /** Each user once, though SCAN may give a key twice; those of one answer at the same time. */
  async #eachUser(work: (userId: string) => Promise<void>): Promise<void> {
    const seen = new Set<string>()
    for (const ask of await this.within(() => this.wire.primaries())) {
      for await (const keys of this.#scan(ask)) {
        const users = keys.map(key => userOf(this.prefix, key)).filter(user => user !== undefined && !seen.has(user))
        const fresh = new Set(users as string[])
        for (const user of fresh) seen.add(user)
        await Promise.all([...fresh].map(work))
      }
    }
  }

  async *#scan(ask: Ask): AsyncGenerator<string[]> {
    let cursor = '0'
    do {
      const command = ['SCAN', cursor, 'MATCH', `${this.prefix}:{*}:record`, 'COUNT', LOOKED_AT]
      const [next, keys] = list(await this.within(signal => ask(command, signal)))
      cursor = text(next, 'cursor')
      yield list(keys).map(key => text(key, 'key'))
    } while (cursor !== '0')
  }

  #ask(key: string, command: readonly string[]): Promise<unknown> {
    return this.within(signal => this.wire.ask(key, command, signal))
  }
}

function list(answer: unknown): unknown[] {
  if (Array.isArray(answer)) return answer
  throw unreadable('answer')
}
