import { setImmediate as turn } from 'node:timers/promises'
import { type Reports, type Stats, type StoredRecord, TwoFactorEvent } from 'twinlock'
import { MapStorage } from './map-storage.ts'

type Save = Parameters<MapStorage['save']>
type Open = () => MapStorage

/** What a test calls a storage that breaks one law on purpose. */
export interface BrokenStorage {
  law: string
  fault: string
  open: Open
  rollback?: (save: () => Promise<void>) => Promise<void>
}

const list: BrokenStorage[] = []

function broken(law: string, fault: string, Kind: new () => MapStorage): void {
  const storage = new Kind()
  list.push({ law, fault, open: () => storage })
}

function keeps(law: string, fault: string, change: (record: StoredRecord) => object): void {
  broken(
    law,
    fault,
    class extends MapStorage {
      protected override kept = (record: StoredRecord) => change(record) as StoredRecord
    },
  )
}

function folds(fault: string, fold: (userId: string) => string): void {
  broken(
    'odd user ids stay apart',
    fault,
    class extends MapStorage {
      protected override key = fold
    },
  )
}

// --- records --------------------------------------------------------------------------------------------------------

broken(
  'a record is created once',
  'replaces what it was to create',
  class extends MapStorage {
    override async save(...[userId, expected, record, events]: Save) {
      if (expected === null) this.data.records.delete(userId)
      return super.save(userId, expected, record, events)
    }
  },
)
broken(
  'a record is created once',
  'creates where it expected a version',
  class extends MapStorage {
    override async save(...[userId, expected, record, events]: Save) {
      return super.save(userId, this.data.records.has(userId) ? expected : null, record, events)
    }
  },
)
broken(
  'a record is created once',
  'says undefined for nobody',
  class extends MapStorage {
    override async load(userId: string) {
      return this.data.records.get(userId) as StoredRecord
    }
  },
)
broken(
  'a stale save is refused',
  'does not compare the version',
  class extends MapStorage {
    override async save(...[userId, expected, record, events]: Save) {
      const found = this.data.records.get(userId)
      return super.save(userId, expected === null ? null : (found?.version ?? null), record, events)
    }
  },
)
broken(
  'a stale save is refused',
  'refuses and writes all the same',
  class extends MapStorage {
    override async save(...[userId, expected, record, events]: Save) {
      const won = await super.save(userId, expected, record, events)
      if (!won) this.data.records.set(userId, record)
      return won
    }
  },
)
keeps('a stale save is refused', 'keeps versions as floats of 32 bits', record => ({
  ...record,
  version: Math.fround(record.version),
}))
broken(
  'of parallel saves exactly one wins',
  'checks, then acts',
  class extends MapStorage {
    override async save(...[userId, expected, record, events]: Save) {
      const found = this.data.records.get(userId)?.version ?? null
      await turn()
      if (found !== expected) return false
      this.data.records.set(userId, record)
      this.append(userId, events)
      return true
    }
  },
)
broken(
  'of parallel saves exactly one wins',
  'says true, false or how many rows',
  class extends MapStorage {
    override async save(...given: Save) {
      return Number(await super.save(...given)) as unknown as boolean
    }
  },
)

class Caching extends MapStorage {
  readonly #seen = new Map<string, StoredRecord | null>()

  override async load(userId: string) {
    const record = this.#seen.get(userId) ?? (await super.load(userId))
    this.#seen.set(userId, record)
    return record
  }
}
const shared = new MapStorage()['data']
list.push({ law: 'another connection loads what was saved', fault: 'caches', open: () => new Caching(shared) })
list.push({
  law: 'another connection loads what was saved',
  fault: 'is one per connection',
  open: () => new MapStorage(),
})

const TYPES = 'bytes and types come back'
keeps(TYPES, 'gives versions as text, as drivers of BIGINT do', record => ({ ...record, version: `${record.version}` }))
keeps(TYPES, 'gives versions as bigint', record => ({ ...record, version: BigInt(record.version) }))
keeps(TYPES, 'gives enabled as 0 or 1', record => ({ ...record, enabled: Number(record.enabled) }))
keeps(TYPES, 'is always enabled', record => ({ ...record, enabled: true }))
keeps(TYPES, 'folds key ids', record => ({ ...record, keyId: record.keyId.toUpperCase() }))
keeps(TYPES, 'gives data as text', record => ({ ...record, data: Buffer.from(record.data).toString('latin1') }))
keeps(TYPES, 'gives data as an ArrayBuffer', record => ({ ...record, data: Uint8Array.from(record.data).buffer }))
keeps(TYPES, 'keeps data as UTF-8', record => ({ ...record, data: Buffer.from(Buffer.from(record.data).toString()) }))
keeps(TYPES, 'strips zero bytes', record => ({ ...record, data: record.data.filter(byte => byte !== 0) }))
keeps('large records come back', 'cuts at 65,535 bytes', record => ({ ...record, data: record.data.slice(0, 65_535) }))

// --- user ids -------------------------------------------------------------------------------------------------------

folds('folds case', userId => userId.toLowerCase())
folds('ignores spaces at the end', userId => userId.trimEnd())
folds('ignores spaces at the front', userId => userId.trimStart())
folds('composes accents', userId => userId.normalize('NFC'))
folds('folds accents', userId => userId.normalize('NFD').replace(/\p{M}/gu, ''))
folds('expands sharp s', userId => userId.replaceAll('ß', 'ss'))
folds('takes numbers for numbers', userId => (Number.isNaN(Number(userId)) ? userId : `${Number(userId)}`))
folds('cuts ids at 254 bytes', userId => userId.slice(0, 254))
broken(
  'odd user ids stay apart',
  'erases by LIKE',
  class extends MapStorage {
    override async erase(userId: string) {
      if (userId === '%') this.data.records.clear()
      return super.erase(userId)
    }
  },
)
broken(
  'odd user ids stay apart',
  'is a plain object',
  class extends MapStorage {
    readonly #users = {} as Record<string, StoredRecord>
    override load = async (userId: string) => this.#users[userId] ?? null
    override erase = async (userId: string) => void delete this.#users[userId]
    override async save(...[userId, expected, record]: Save) {
      if ((this.#users[userId]?.version ?? null) !== expected) return false
      this.#users[userId] = record
      return true
    }
  },
)

// --- events ---------------------------------------------------------------------------------------------------------

const ATOMIC = 'events are written with their record or not at all'
broken(
  ATOMIC,
  'writes the events of losers',
  class extends MapStorage {
    override async save(...[userId, expected, record, events]: Save) {
      const won = await super.save(userId, expected, record, [])
      this.append(userId, events)
      return won
    }
  },
)
broken(
  ATOMIC,
  'writes no events',
  class extends MapStorage {
    protected override append() {}
  },
)
broken(
  ATOMIC,
  'commits the record before events that fail',
  class extends MapStorage {
    override async save(...[userId, expected, record, events]: Save) {
      if (!(await super.save(userId, expected, record, []))) return false
      if (events.some(({ id }) => this.data.events.get(userId)?.some(event => event.id === id)))
        throw new Error('unique')
      this.append(userId, events)
      return true
    }
  },
)

const rolledBack = new MapStorage()
list.push({
  law: "a save outlives the caller's rollback",
  fault: "saves inside the caller's transaction",
  open: () => rolledBack,
  rollback: async save => {
    const before = new Map(rolledBack['data'].records)
    await save()
    rolledBack['data'].records = before
  },
})

broken(
  'what is erased is gone',
  'keeps the record',
  class extends MapStorage {
    override erase = async (userId: string) => void this.data.events.delete(userId)
  },
)
broken(
  'what is erased is gone',
  'keeps the events',
  class extends MapStorage {
    override erase = async (userId: string) => void this.data.records.delete(userId)
  },
)
broken(
  'what is erased is gone',
  'erases everybody',
  class extends MapStorage {
    override erase = async () => this.data.records.clear()
  },
)
broken(
  'what is erased is gone',
  'revives',
  class extends MapStorage {
    override async save(...[userId, expected, record, events]: Save) {
      return super.save(userId, this.data.records.has(userId) ? expected : null, record, events)
    }
  },
)
broken(
  'what is erased is gone',
  'never lets them come again',
  class extends MapStorage {
    readonly #gone = new Set<string>()
    override async erase(userId: string) {
      if (this.data.records.has(userId)) this.#gone.add(userId)
      return super.erase(userId)
    }
    override save = async (...given: Save) => !this.#gone.has(given[0]) && MapStorage.prototype.save.apply(this, given)
  },
)

// --- reports --------------------------------------------------------------------------------------------------------

function reports(law: string, fault: string, change: (storage: MapStorage) => Partial<Reports>): void {
  const storage = new MapStorage()
  Object.assign(storage, change(storage))
  list.push({ law, fault, open: () => storage })
}

const EVENTS = 'events come back as they were, newest first'
const proto = MapStorage.prototype
reports(EVENTS, 'the oldest first', storage => ({
  events: async (...given) => (await proto.events.apply(storage, given)).reverse(),
}))
reports(EVENTS, 'no pages', storage => ({
  events: async (userId, _, limit) => proto.events.call(storage, userId, null, limit),
}))
reports(EVENTS, 'a limit that is ignored', storage => ({
  events: async (userId, before) => proto.events.call(storage, userId, before, 100),
}))
reports(EVENTS, "everybody's", storage => ({
  events: async () => [...storage['data'].events.values()].flat().sort((a, b) => (a.id < b.id ? 1 : -1)),
}))
reports(EVENTS, 'rows instead of events', storage => ({
  events: async (...given) =>
    (await proto.events.apply(storage, given)).map(event => event.toRow()) as unknown as TwoFactorEvent[],
}))
for (const [column, value] of Object.entries({ detail: '{}', context: null, method: null, success: false, at: 1 })) {
  reports(EVENTS, `${column} is lost`, storage => ({
    events: async (...given) =>
      (await proto.events.apply(storage, given)).map(event =>
        TwoFactorEvent.fromRow({ ...event.toRow(), [column]: value }),
      ),
  }))
}

const wrongly = (name: keyof Stats, by: number) =>
  reports('the figures count', `${name} is wrong by ${by} each time`, storage => {
    let asked = 0
    const stats = async (now: number) => {
      const right = await proto.stats.call(storage, now)
      asked += 1
      return { ...right, [name]: right[name] + by * asked }
    }
    return { stats }
  })
for (const name of ['enabledUsers', 'enabled30d', 'disabled30d', 'failed30d'] as const) wrongly(name, 1)
reports('the figures count', 'of all time', storage => ({ stats: async () => proto.stats.call(storage, 31 * 86_400) }))

reports('old events can be purged', 'all of them', storage => ({ purge: async () => proto.purge.call(storage, 1e12) }))
reports('old events can be purged', 'none of them', () => ({ purge: async () => 2 }))
reports('old events can be purged', 'without saying how many', storage => ({
  purge: async before => (await proto.purge.call(storage, before)) * 0,
}))

const STALE = 'records of other keys are found'
reports(STALE, 'every record', storage => ({
  stale: async (_, after, limit) => proto.stale.call(storage, '', after, limit),
}))
reports(STALE, 'no page but the first', storage => ({
  stale: async (keyId, after, limit) => (after === null ? proto.stale.call(storage, keyId, after, limit) : []),
}))
reports(STALE, 'pages too long', storage => ({
  stale: async (keyId, after) => proto.stale.call(storage, keyId, after, 1_000_000),
}))
reports(STALE, 'the last one first', storage => ({
  stale: async (keyId, after, limit) =>
    after === null ? (await proto.stale.call(storage, keyId, after, 1_000_000)).reverse().slice(0, limit) : [],
}))

export const brokenStorages: readonly BrokenStorage[] = list
