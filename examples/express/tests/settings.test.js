// Production is the default and makes nothing up.
import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { newSecret, newTwinlockKeys } from '../../shared-node/keys.js'
import { createApp } from '../app/application.js'
import { fromEnvironment, SettingsError } from '../app/settings.js'
import { folder } from './lib/instance.js'

/** @param {NodeJS.ProcessEnv} change */
function production(change = {}) {
  return {
    FRONTEND_URL: 'https://app.example.com',
    TRUST_PROXY: 'loopback',
    SESSION_KEYS: `${'n'.repeat(32)}, ${'o'.repeat(32)}`,
    TWINLOCK_KEYS: newTwinlockKeys(),
    TWINLOCK_DEMO_DATA: folder(),
    ...change,
  }
}

test('production reads its keys and keeps none in the data folder', () => {
  const settings = fromEnvironment(production())
  assert.deepEqual(settings.sessionKeys, ['n'.repeat(32), 'o'.repeat(32)])
  assert.deepEqual([settings.https, settings.devPhone, settings.development], [true, false, false])
  assert.deepEqual(readdirSync(settings.data), [])
})

const REFUSED = {
  'no session key': { SESSION_KEYS: '' },
  'a short session key': { SESSION_KEYS: 'short' },
  'no sealing key': { TWINLOCK_KEYS: '' },
  'no address': { FRONTEND_URL: '' },
  'plain http to others': { FRONTEND_URL: 'http://app.example.com' },
  'an address that is none': { FRONTEND_URL: 'app.example.com' },
  'https without a proxy': { TRUST_PROXY: '' },
  'the pretend phone': { APP_ENV: 'production', TWINLOCK_DEV_PHONE: '1' },
  'a mode nobody knows': { APP_ENV: 'staging' },
  'a limit that is none': { SIGN_IN_LIMIT: 'many' },
}
for (const [what, change] of Object.entries(REFUSED)) {
  test(`production refuses ${what}`, () => {
    assert.throws(() => fromEnvironment(production(change)), SettingsError)
  })
}

test('a sealing key that cannot be read is refused without being repeated', async () => {
  const settings = fromEnvironment(production({ TWINLOCK_KEYS: 'k1:c2hvcnQ' }))
  await assert.rejects(
    createApp(settings),
    error => error instanceof SettingsError && !error.message.includes('c2hvcnQ'),
  )
})

test('the sealing key may be in a file', () => {
  const [path, keys] = [join(folder(), 'keys'), newTwinlockKeys()]
  writeFileSync(path, `${keys}\n`)
  assert.equal(fromEnvironment(production({ TWINLOCK_KEYS: '', TWINLOCK_KEYS_FILE: path })).twinlockKeys, keys)
})

test('development makes keys once, for their owner alone', () => {
  const data = folder()
  const make = () => fromEnvironment({ APP_ENV: 'development', TWINLOCK_DEMO_DATA: data })
  const [first, second] = [make(), make()]
  assert.deepEqual([first.sessionKeys, first.twinlockKeys], [second.sessionKeys, second.twinlockKeys])
  assert.ok((first.sessionKeys[0]?.length ?? 0) >= newSecret().length)
  assert.deepEqual(readdirSync(data).sort(), ['session.keys', 'twinlock.keys'])
  for (const name of readdirSync(data)) assert.equal(statSync(join(data, name)).mode & 0o777, 0o600)
})
