/** The embedded store from JavaScript: what waits for the disk waits elsewhere. The storage kit runs on it in storage-kit.test.ts. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { SqliteStorage, TwoFactorEvent } from 'twinlock'
import { enroll, exampleEvent, proof } from 'twinlock/testing'
import { challenged, engine, refused } from './lib/engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'twinlock-sqlite-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const file = () => join(folder, `${++files}.db`)

test('a person signs in, and the log, the figures and the sweeps tell of it', async () => {
  const storage = new SqliteStorage(file(), { synchronous: 'NORMAL' })
  const { twoFactor, clock, told } = engine(storage)
  const { phone } = await enroll(twoFactor, '42', clock)
  for (let round = 0; round < 3; round++) {
    clock.advance(30)
    await proof(twoFactor, '42', phone)
  }
  const stored = told.filter(([, durable]) => durable).map(([event]) => event.body())
  const { events, nextCursor } = await twoFactor.events('42', { limit: 2 })
  assert.equal(nextCursor, stored.at(-2)?.id)
  const rest = await twoFactor.events('42', { cursor: nextCursor })
  assert.deepEqual(
    [...events, ...rest.events].map(event => event.body()),
    stored.toReversed(),
  )
  assert.deepEqual(await twoFactor.stats(), { enabledUsers: 1, enabled30d: 1, disabled30d: 0, failed30d: 0 })
  assert.deepEqual(await storage.stale('another', null, 10), ['42'])
  assert.deepEqual(await storage.stale(twoFactor.activeKeyId, null, 10), [])
  assert.deepEqual(await storage.stale('another', '42', 10), [])
  const old = stored.filter(event => event.at < clock.now())
  assert.equal(await storage.purge(clock.now()), old.length)
  await twoFactor.erase('42')
  assert.equal(storage.load('42'), null)
  assert.deepEqual((await twoFactor.events('42')).events, [])
})

test('another storage on the same file sees every save', async () => {
  const path = file()
  const { twoFactor, clock } = engine(new SqliteStorage(path))
  await enroll(twoFactor, '42', clock)
  const other = new SqliteStorage(path, { create: false })
  assert.equal(other.load('42')?.enabled, true)
  assert.equal(
    await other.save('42', 1, { version: 2, enabled: false, keyId: 'k', data: new Uint8Array(3) }, []),
    false,
  )
  assert.equal(statSync(path).mode & 0o077, 0)
})

test('a save does not hold the event loop up while it waits for the disk', async () => {
  const storage = new SqliteStorage(file())
  let turns = 0
  const counting = setInterval(() => {
    turns += 1
  }, 0)
  const saves = Array.from({ length: 50 }, (_, index) =>
    storage.save(`user-${index}`, null, { version: 1, enabled: true, keyId: 'k1', data: new Uint8Array(400) }, []),
  )
  assert.ok((await Promise.all(saves)).every(saved => saved))
  clearInterval(counting)
  assert.ok(turns > 3, `${turns} turns`)
})

test('a save that fails refuses and leaves the queue open', async () => {
  const storage = new SqliteStorage(file())
  const row = { version: 1, enabled: true, keyId: 'k1', data: new Uint8Array(40) }
  const event = exampleEvent()
  const twice = [event, event].map(each => TwoFactorEvent.fromRow(each.toRow()))
  const failing = refused(storage.save('42', null, row, twice), 'storage_error')
  const good = storage.save('42', null, row, [])
  assert.match(String((await failing).cause), /UNIQUE/)
  assert.equal(await good, true)
  await refused(storage.save(5 as never, null, row, []), 'malformed_request')
  await refused(() => storage.load({} as never), 'malformed_request')
})

test('two hundred at once with one code: one gets in', async () => {
  const { twoFactor, clock } = engine(new SqliteStorage(file(), { synchronous: 'NORMAL' }))
  const { phone, challenge } = await challenged(twoFactor, clock)
  const code = phone.code()
  const results = await Promise.allSettled(Array.from({ length: 200 }, () => twoFactor.verify(challenge, { code })))
  assert.equal(results.filter(result => result.status === 'fulfilled').length, 1)
})

test('a file that is missing, foreign or held by others is refused', async context => {
  await refused(() => new SqliteStorage(file(), { create: false }), 'configuration_error')
  await refused(() => new SqliteStorage('/nonexistent/2fa.db'), 'configuration_error')
  const path = file()
  const storage = new SqliteStorage(path, { busyTimeoutMs: 50 })
  const script = [
    'import sqlite3, sys',
    'held = sqlite3.connect(sys.argv[1], isolation_level=None)',
    'held.execute("BEGIN IMMEDIATE"); print("held", flush=True); sys.stdin.read()',
  ].join('\n')
  const holder = spawn('python3', ['-c', script, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  context.after(() => holder.kill())
  await new Promise(resolve => holder.stdout.once('data', resolve))
  const row = { version: 1, enabled: true, keyId: 'k1', data: new Uint8Array(40) }
  await refused(storage.save('42', null, row, []), 'storage_timeout')
  holder.stdin.end()
  await new Promise(resolve => holder.once('exit', resolve))
  assert.equal(await storage.save('42', null, row, []), true)
})

test('printed, it shows its path', () => {
  const path = file()
  assert.equal(inspect(new SqliteStorage(path)), `SqliteStorage ${inspect(path)}`)
})
