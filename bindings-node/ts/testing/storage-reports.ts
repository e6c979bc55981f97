/** The laws about events, figures and key sweeps: those of `Reports`, for storages that have its methods. */
import { isDeepStrictEqual } from 'node:util'
import type { TwoFactorEvent } from '../events.ts'
import { exampleEvent } from './example.ts'
import { must } from './must.ts'
import { record, same, user } from './storage-connection.ts'
import type { Connect } from './storage-laws.ts'

const DAY = 86_400

export async function eventsGoWithTheirRecord(connect: Connect): Promise<void> {
  const [writer, reader] = [await connect(), await connect()]
  const id = user('events')
  const event = (number: number) => exampleEvent({ userId: id, number })
  const count = async () => (await reader.reports.events?.(id, null, 10))?.length
  const first = event(1)
  await writer.creates(id, record(1), [first, event(2)])
  must([2, undefined].includes(await count()), 'events must be written with their record')
  must(!(await writer.save(id, null, record(2), [event(3)])), 'a save that expects none must not replace')
  must(!(await writer.save(id, 9, record(2), [event(4)])), 'a stale save must lose')
  must([2, undefined].includes(await count()), 'the events of a save that lost must not be written')
  // An engine with unique event ids fails here, and then the record must be left alone.
  const won = await writer.save(id, 1, record(2), [event(5), first]).catch(() => false)
  must(same(await reader.load(id), record(won ? 2 : 1)), 'a record whose events failed must not be written')
  must(won || [2, undefined].includes(await count()), 'of events that failed none must be written')
}

export async function eventsComeBack(connect: Connect): Promise<void> {
  const [writer, reader] = [await connect(), await connect()]
  const { events } = reader.reports
  if (!events) return
  const [id, other] = [user('pages'), user('pages-other')]
  const written = [1, 2, 3, 4, 5].map(number => exampleEvent({ userId: id, number }))
  await writer.creates(id, record(1), written.slice(0, 2))
  await writer.creates(other, record(1), [exampleEvent({ userId: other, number: 3 })])
  must(await writer.save(id, 1, record(2), written.slice(2)), 'a save of the loaded version must win')
  const page = async (before: string | null, limit: number) => {
    const found = await events.call(reader.storage, id, before, limit)
    must(Array.isArray(found) && found.every(isEvent), 'events must be TwoFactorEvents, made by TwoFactorEvent.fromRow')
    return found
  }
  const newestFirst = written.toReversed()
  const found = await page(null, 10)
  must(found.length === 5, `a user's events must all be found, and no others': 5, not ${found.length}`)
  must(
    isDeepStrictEqual(found.map(plain), newestFirst.map(plain)),
    'events must come back as they were, the newest first',
  )
  const second = await page(found[1]?.id ?? '', 2)
  must(
    isDeepStrictEqual(second.map(plain), newestFirst.slice(2, 4).map(plain)),
    'a page must hold the events before the given one',
  )
}

export async function counts(connect: Connect): Promise<void> {
  const storage = await connect()
  const { stats } = storage.reports
  if (!stats) return
  const [id, off, now] = [user('stats'), user('stats-off'), 1_900_000_000]
  const before = await stats.call(storage.storage, now)
  const types = ['enrolled', 'failed', 'failed', 'disabled', 'reset', 'verified']
  const events = types.map((type, number) => exampleEvent({ userId: id, type, number, at: now - 100 }))
  const longAgo = exampleEvent({ userId: id, type: 'failed', at: now - 31 * DAY })
  await storage.creates(id, record(1), [longAgo, ...events])
  await storage.creates(off, record(1, 'off', { enabled: false }))
  const after = await stats.call(storage.storage, now)
  const grown = {
    enabledUsers: after.enabledUsers - before.enabledUsers,
    enabled30d: after.enabled30d - before.enabled30d,
    disabled30d: after.disabled30d - before.disabled30d,
    failed30d: after.failed30d - before.failed30d,
  }
  const wanted = { enabledUsers: 1, enabled30d: 1, disabled30d: 2, failed30d: 2 }
  must(
    isDeepStrictEqual(grown, wanted),
    `the figures must grow by ${JSON.stringify(wanted)}, not ${JSON.stringify(grown)}`,
  )
}

export async function purges(connect: Connect): Promise<void> {
  const storage = await connect()
  const { events, purge } = storage.reports
  if (!events || !purge) return
  const id = user('purge')
  // Long before any real event, so that nobody's are lost.
  const old = [0, 1].map(number => exampleEvent({ userId: id, at: 1_000, number }))
  await storage.creates(id, record(1), [...old, exampleEvent({ userId: id, at: 2_000 })])
  const gone = await purge.call(storage.storage, 2_000)
  must(gone >= 2, `purge must say how many events it deleted: 2, not ${gone}`)
  const left = await events.call(storage.storage, id, null, 10)
  must(left.length === 1 && left[0]?.at === 2_000, 'purge must delete what is older, and nothing else')
  must(same(await storage.load(id), record(1)), 'purge must leave the records')
}

export async function findsStaleRecords(connect: Connect): Promise<void> {
  const storage = await connect()
  const stale = storage.reports.stale?.bind(storage.storage)
  if (!stale) return
  const users = [user('key-1'), user('key-2'), user('key-3')]
  for (const id of users) await storage.creates(id, record(1, id, { keyId: 'kit-old' }))
  const found: string[] = []
  for (;;) {
    const page = await stale('kit-new', found.at(-1) ?? null, 2)
    if (page.length === 0) break
    must(page.length <= 2, 'a page must hold as many users as asked for')
    found.push(...page)
    must(
      isDeepStrictEqual(found, [...new Set(found)].sort(byBytes)),
      'stale users come once, in the byte order of their ids',
    )
  }
  must(
    users.every(id => found.includes(id)),
    'every record of another key must be found',
  )
  const fresh = await stale('kit-old', null, 100_000)
  must(!users.some(id => fresh.includes(id)), 'a record under the given key is not stale')
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function isEvent(value: unknown): value is TwoFactorEvent {
  return typeof (value as Partial<TwoFactorEvent> | null)?.toRow === 'function'
}

function plain(event: TwoFactorEvent): unknown {
  const { detail, ...row } = event.toRow()
  return { ...row, id: event.id, detail: JSON.parse(detail) as unknown }
}
