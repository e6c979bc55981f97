// The audit log: what a user reads about their own second factor, and what reaches the application's log.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withAda } from './lib/instance.ts'
import { TWO_FACTOR, told } from './lib/person.ts'

interface Entry {
  readonly at: string
  readonly type: string
  readonly success: boolean
  readonly actor: string | null
}

test('a user reads what happened, newest first, page by page, and nobody else’s', async () => {
  const { ada, person, clock } = await withAda()
  const bob = person('bob')
  await bob.register()
  await bob.signIn()
  await bob.enrol()
  await ada.enrol()
  await ada.verify(await ada.challenge(), ada.phone?.wrongCode() ?? '')
  await ada.signInWithCode()
  clock.advance(1)
  await ada.call('POST', `${TWO_FACTOR}/backup-codes`, {})

  const read: Entry[] = []
  let query = '?limit=2'
  let pages = 0
  for (; query; pages++) {
    const { status, body, text } = await ada.call('GET', `/api/user/audit${query}`)
    assert.equal(status, 200, text)
    assert.ok(body.entries.length <= 2)
    read.push(...body.entries)
    query = body.next_cursor === null ? '' : `?limit=2&cursor=${body.next_cursor}`
  }
  assert.ok(pages >= 3)
  const types = read.map(({ type }) => type)
  assert.equal(types[0], 'backup_codes_made')
  assert.equal(types.filter(type => type === 'enrolled').length, 1, 'bob’s are not among them')
  assert.ok(types.indexOf('verified') < types.indexOf('failed') && types.indexOf('failed') < types.indexOf('enrolled'))
  assert.equal(read.find(({ type }) => type === 'failed')?.success, false)
  assert.equal(read[0]?.at, new Date(clock.now() * 1000).toISOString())
  assert.deepEqual(
    [...read].sort((a, b) => (a.at < b.at ? 1 : -1)).map(({ at }) => at),
    read.map(({ at }) => at),
  )
})

test('it shows no code, secret or token', async () => {
  const { ada } = await withAda()
  const { setup } = await ada.enrol()
  const code = ada.freshCode()
  await ada.verify(await ada.challenge(), code)
  const { text } = await ada.call('GET', '/api/user/audit')
  for (const secret of [setup.secret, setup.setup, code, ...ada.backupCodes, ada.device, ada.access]) {
    assert.ok(secret && !text.includes(secret))
  }
})

test('a reset by an administrator names who did it', async () => {
  const { ada: root, accounts, person } = await withAda()
  await accounts.makeAdmin('ada')
  await root.enrol()
  const bob = person('bob')
  await bob.register()
  await bob.signIn()
  await bob.enrol()
  const id = await bob.id()
  await root.call('POST', `/api/admin/2fa/users/${id}/reset`, { reason: 'lost phone' })
  await bob.signIn()
  const [newest] = (await bob.call('GET', '/api/user/audit')).body.entries
  assert.deepEqual([newest.type, newest.actor], ['reset', await root.id()])
})

test('a page that cannot be meant is refused', async () => {
  const { ada } = await withAda()
  for (const query of ['limit=0', 'limit=201', 'limit=two', 'limit=1&limit=2', 'cursor=a&cursor=b']) {
    assert.deepEqual(told(await ada.call('GET', `/api/user/audit?${query}`)), [400, 'malformed_request'], query)
  }
})

test('events go into the application’s log with who and what; an attack is a warning', async () => {
  const { ada, clock, log } = await withAda()
  await ada.enrol()
  clock.advance(60)
  for (let tries = 0; tries < 3; tries++) await ada.verify(await ada.challenge(), ada.phone?.wrongCode() ?? '')
  const told = log()
    .split('\n')
    .filter(line => line.includes('"audit"'))
    .map(line => JSON.parse(line))
  const enrolled = told.find(({ audit }) => audit === 'enrolled')
  assert.deepEqual([enrolled.success, enrolled.durable, enrolled.level], [true, true, 30])
  assert.ok(told.some(({ audit, success }) => audit === 'failed' && success === false))
  assert.equal(told.find(({ audit }) => audit === 'attack_suspected')?.level, 40)
})
