// Who administers, and what they see.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../app/database.ts'
import { withAda } from './lib/instance.ts'
import { TWO_FACTOR, told } from './lib/person.ts'

const PATHS = ['/api/admin/figures', '/api/admin/users', '/api/admin/2fa/stats']

/** An administrator with a second factor, and Bob, who is none. */
async function office() {
  const made = await withAda()
  const { ada: root, accounts, person } = made
  await accounts.makeAdmin('ada')
  await root.enrol()
  const bob = person('bob')
  await bob.register()
  await bob.signIn()
  return { ...made, root, bob }
}

test('users are not administrators, and nobody is none', async () => {
  const { bob, person } = await office()
  await bob.enrol()
  for (const path of PATHS) {
    assert.deepEqual(told(await bob.call('GET', path)), [403, 'not_administrator'])
    assert.deepEqual(told(await person('nobody').call('GET', path)), [401, 'not_signed_in'])
  }
})

test('an administrator without a second factor is told to switch it on', async () => {
  const { ada, accounts } = await withAda()
  await accounts.makeAdmin('ada')
  assert.equal((await ada.signIn()).body.enrollment_required, true)
  for (const path of PATHS) assert.deepEqual(told(await ada.call('GET', path)), [403, 'not_enabled'])
})

test('an administrator cannot switch it off', async () => {
  const { root } = await office()
  const refused = await root.call('POST', `${TWO_FACTOR}/disable`, { password: root.password })
  assert.deepEqual(told(refused), [403, 'required_by_policy'])
})

test('the five figures', async () => {
  const { root, bob, clock } = await office()
  await bob.enrol()
  clock.advance(60)
  await bob.verify(await bob.challenge(), bob.phone?.wrongCode() ?? '')
  await bob.signInWithCode()
  assert.equal((await bob.call('POST', `${TWO_FACTOR}/disable`, { password: bob.password })).status, 204)
  const figures = { users: 2, users_with_2fa: 1, enabled_30d: 2, disabled_30d: 1, failed_30d: 1 }
  assert.deepEqual((await root.call('GET', '/api/admin/figures')).body, figures)
  clock.advance(31 * 86_400)
  await root.signInWithCode()
  const later = (await root.call('GET', '/api/admin/figures')).body
  assert.deepEqual(later, { ...figures, enabled_30d: 0, disabled_30d: 0, failed_30d: 0 })
})

test('an administrator finds a user and resets a lost second factor', async () => {
  const { root, bob } = await office()
  await bob.enrol()
  const found = (await root.call('GET', '/api/admin/users?search=BOB@')).body
  assert.deepEqual(found.map(Object.keys), [['id', 'username', 'email', 'role']])
  assert.equal(found[0].username, 'bob')
  const desk = `/api/admin/2fa/users/${found[0].id}`
  assert.equal((await root.call('GET', desk)).body.enabled, true)
  assert.equal((await root.call('POST', `${desk}/reset`, { reason: 'lost phone' })).status, 204)
  assert.equal((await bob.signIn()).body.method, 'none')
})

test('a search takes wildcards literally, and one text only', async () => {
  const { root } = await office()
  for (const wildcard of ['%25', '_', '%5c'])
    assert.deepEqual((await root.call('GET', `/api/admin/users?search=${wildcard}`)).body, [])
  assert.equal((await root.call('GET', '/api/admin/users?search=a&search=b')).status, 400)
  assert.equal((await root.call('GET', '/api/admin/users')).body.length, 2)
})

test('a role taken away counts at once', async () => {
  const { root, settings } = await office()
  const prisma = await openDatabase(settings.databaseUrl, false)
  await prisma.user.updateMany({ data: { role: 'user' } })
  await prisma.$disconnect()
  assert.deepEqual(told(await root.call('GET', '/api/admin/figures')), [403, 'not_administrator'])
})
