/** What a storage tells beyond single records: checked, because anybody may have written the storage. */
import { type Driver, nonsense } from './driver.ts'
import { guarded } from './errors.ts'
import { TwoFactorEvent } from './events.ts'
import { malformed, misconfigured, named, optionalText, text, whole } from './input.ts'
import { native } from './native.ts'
import type { EventsOptions } from './options.ts'
import type { EventPage } from './results.ts'
import type { Reports, Stats, Storage } from './storage.ts'

/** A page of at most `limit` events, asked for with one more to know whether there is a next one. */
export async function eventPage(driver: Driver, userId: string, options: EventsOptions): Promise<EventPage> {
  const user = text(userId, 'the user id')
  const { cursor, limit = 50 } = named(options)
  const most = whole(limit, 'limit', 1, 200)
  const before = optionalText(cursor, 'cursor') ?? null
  if (before !== null && !/^[0-9a-f]{32}$/.test(before)) {
    throw malformed('the cursor must be the nextCursor of an earlier page')
  }
  const reports = reportsOf(driver.storage, 'events')
  const found: unknown = await driver.ask(() => reports.events(user, before, most + 1))
  if (!Array.isArray(found) || !found.every(looksLikeEvent)) throw nonsense('events must give a list of events', found)
  const events: TwoFactorEvent[] = found.slice(0, most)
  const last = events.at(-1)
  return found.length > most && last !== undefined ? { events, nextCursor: last.id } : { events }
}

/** The figures, if they are. */
export async function figures(driver: Driver): Promise<Stats> {
  const reports = reportsOf(driver.storage, 'stats')
  const now = guarded(() => native.seconds(driver.now()))
  const found: unknown = await driver.ask(() => reports.stats(now))
  const { enabledUsers, enabled30d, disabled30d, failed30d } = (found ?? {}) as Stats
  const stats = { enabledUsers, enabled30d, disabled30d, failed30d }
  if (!Object.values(stats).every(Number.isSafeInteger)) throw nonsense('stats must give four whole numbers', found)
  return stats
}

function reportsOf(storage: Storage & Partial<Reports>, name: 'events' | 'stats'): Reports {
  if (typeof storage[name] === 'function') return storage as Reports
  throw misconfigured(`this storage has no method ${name}: see Reports`)
}

// By its shape: an event of another copy of this package is one too.
function looksLikeEvent(event: unknown): boolean {
  return event instanceof TwoFactorEvent || typeof (event as TwoFactorEvent | null)?.id === 'string'
}
