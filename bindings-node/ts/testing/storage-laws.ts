import { exampleEvent } from './example.ts'
import { must } from './must.ts'
import type { StorageUnderTest } from './storage-connection.ts'
import { type Connection, record, same, user } from './storage-connection.ts'

export type { Connection } from './storage-connection.ts'

/** Opens one more connection to the same data. */
export type Connect = () => Promise<Connection>

const CONNECTIONS = 8
const ROUNDS = 20
const ODD_USERS = [
  ...[
    'ada',
    'Ada',
    'ADA',
    'ada ',
    ' ada',
    'adä',
    'ada\u0308',
    'ad',
    '%',
    '_',
    "a'b",
    'a"b',
    'a\\b',
    'a:b',
    'a{b}',
    'a/b',
  ],
  ...['42', '042', '4.2e1', 'ß', 'ss', '\u{1f511}', '__proto__', 'constructor', 'x'.repeat(255), 'x'.repeat(254)],
]

export async function createsOnce(connect: Connect): Promise<void> {
  const storage = await connect()
  const [id, first] = [user('create'), record(7, 'first')]
  must((await storage.load(id)) === null, 'a user nobody saved must load as null')
  must(!(await storage.save(id, 7, first)), 'a save that expects a version must not create')
  must((await storage.load(id)) === null, 'a save that expects a version must write nothing where nothing is')
  await storage.creates(id, first)
  must(!(await storage.save(id, null, record(8))), 'a save that expects none must not replace')
  must(same(await storage.load(id), first), 'the refused save must change nothing')
}

export async function refusesStaleSaves(connect: Connect): Promise<void> {
  const storage = await connect()
  const [id, big] = [user('stale'), 2 ** 53 - 3]
  await storage.creates(id, record(big, '1'))
  must(await storage.save(id, big, record(big + 1, '2')), 'a save of the loaded version must win, also next to 2^53')
  must(!(await storage.save(id, big, record(big + 2, '3'))), 'a stale save must lose')
  must(!(await storage.save(id, big + 2, record(big + 2, '4'))), 'a save of a version that is not there must lose')
  must(same(await storage.load(id), record(big + 1, '2')), 'a stale save must write nothing')
}

export async function oneOfParallelSavesWins(connect: Connect): Promise<void> {
  const id = user('race')
  const connections: Connection[] = []
  for (let number = 0; number < CONNECTIONS; number += 1) connections.push(await connect())
  for (let round = 0; round < ROUNDS; round += 1) {
    const saves = connections.map((storage, number) =>
      storage.save(id, round || null, record(round + 1, `of ${number}`)),
    )
    const won = await Promise.all(saves)
    const winners = won.filter(Boolean).length
    must(winners === 1, `of ${CONNECTIONS} parallel saves of one version exactly one must win, not ${winners}`)
    const left = await connections[round % CONNECTIONS]?.load(id)
    must(same(left ?? null, record(round + 1, `of ${won.indexOf(true)}`)), "what is stored must be the winner's")
  }
}

export async function anotherConnectionSeesIt(connect: Connect): Promise<void> {
  const [writer, reader] = [await connect(), await connect()]
  const id = user('seen')
  await writer.creates(id, record(1, 'first'))
  must(same(await reader.load(id), record(1, 'first')), 'another connection must load what was saved')
  must(await writer.save(id, 1, record(2, 'second')), 'a save of the loaded version must win')
  must(same(await reader.load(id), record(2, 'second')), 'another connection must load the newest, from the primary')
  must(await reader.save(id, 2, record(3, 'third')), 'another connection must be able to save')
  must(same(await writer.load(id), record(3, 'third')), 'nothing may be cached')
}

export async function bytesAndTypesComeBack(connect: Connect): Promise<void> {
  const [writer, reader] = [await connect(), await connect()]
  const kinds: [string, Uint8Array][] = [
    ['no bytes', new Uint8Array()],
    ['a zero byte', Uint8Array.of(0)],
    ['quotes and line ends', Buffer.from('\0\r\n\'";--\\ $1 ? %s')],
    ['bytes that are no text', Uint8Array.of(0xff, 0xfe, 0x80, 0xc3, 0x28, 0)],
    ['every byte', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
  ]
  for (const [name, data] of kinds) {
    const [id, made] = [user('bytes'), record(2 ** 53 - 1, data, { enabled: data.length > 1, keyId: 'k-1.b' })]
    await writer.creates(id, made)
    must(same(await reader.load(id), made), `${name} must come back in the same record`)
  }
}

export async function largeRecordsComeBack(connect: Connect): Promise<void> {
  const [writer, reader] = [await connect(), await connect()]
  const [id, data] = [user('large'), Uint8Array.from({ length: 65_536 }, (_, index) => (index * 31) & 0xff)]
  await writer.creates(id, record(1, data))
  must(same(await reader.load(id), record(1, data)), '64 KiB must come back')
}

export async function oddUserIdsStayApart(connect: Connect): Promise<void> {
  const storage = await connect()
  for (const id of ODD_USERS) await storage.erase(id)
  for (const [index, id] of ODD_USERS.entries()) {
    must((await storage.load(id)) === null, `user id ${JSON.stringify(id)} was taken for another`)
    must(
      await storage.save(id, null, record(index + 1, id), [exampleEvent({ userId: id })]),
      `user ids are compared byte by byte: ${JSON.stringify(id)} was taken for another`,
    )
  }
  for (const [index, id] of ODD_USERS.entries()) {
    must(same(await storage.load(id), record(index + 1, id)), `user id ${JSON.stringify(id)} loads another's record`)
  }
  await storage.erase('%')
  must((await storage.load('ada')) !== null, "erasing the user '%' must not erase others")
}

export async function erases(connect: Connect): Promise<void> {
  const storage = await connect()
  const [id, other] = [user('erase'), user('erase-not')]
  await storage.erase(id) // nothing there is fine
  await storage.creates(other, record(1), [exampleEvent({ userId: other })])
  await storage.creates(id, record(9), [exampleEvent({ userId: id })])
  await storage.erase(id)
  must((await storage.load(id)) === null, 'an erased user must load as null')
  if (storage.reports.events) {
    must((await storage.reports.events(id, null, 10)).length === 0, 'an erased user has no events')
    must((await storage.reports.events(other, null, 10)).length === 1, "erasing must leave others' events")
  }
  must(same(await storage.load(other), record(1)), "erasing must leave others' records")
  must(!(await storage.save(id, 9, record(10))), 'a save after erase must not revive the record')
  must((await storage.load(id)) === null, 'a save after erase must write nothing')
  await storage.creates(id, record(11))
}

export async function outlivesTheCallersRollback(connect: Connect, { rollback }: StorageUnderTest): Promise<void> {
  if (!rollback) return
  const [storage, reader] = [await connect(), await connect()]
  const id = user('rollback')
  await storage.creates(id, record(1))
  await rollback(async () => {
    must(await storage.save(id, 1, record(2), [exampleEvent({ userId: id })]), 'a save beside a transaction must win')
  })
  must(same(await reader.load(id), record(2)), "a save must outlive the rollback of the caller's transaction")
  if (!reader.reports.events) return
  must((await reader.reports.events(id, null, 10)).length === 1, 'and its events, too')
}
