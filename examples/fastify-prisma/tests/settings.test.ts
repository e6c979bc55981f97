// Production is the default and makes nothing up.
import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { newTwinlockKeys } from '../../shared-node/keys.js'
import { createApp } from '../app/application.ts'
import { SettingsError, settingsFrom } from '../app/settings.ts'
import { folder } from './lib/instance.ts'

const N = 'n'.repeat(32)
const O = 'o'.repeat(32)

function production(change: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    FRONTEND_URL: 'https://app.example.com',
    TRUST_PROXY: '127.0.0.1',
    JWT_KEYS: `new:${N}, old:${O}`,
    TWINLOCK_KEYS: newTwinlockKeys(),
    TWINLOCK_DEMO_DATA: folder(),
    ...change,
  }
}

test('production reads its keys, two of them in order, and keeps none in the data folder', () => {
  const settings = settingsFrom(production())
  const { jwtKeys } = settings
  assert.deepEqual(
    [jwtKeys.activeId, jwtKeys.active, jwtKeys.secret('old'), jwtKeys.secret('x')],
    ['new', N, O, undefined],
  )
  assert.deepEqual([settings.https, settings.devPhone, settings.development], [true, false, false])
  assert.deepEqual(readdirSync(settings.data), [])
})

test('printed, settings show no key', () => {
  const env = production()
  const shown = inspect(settingsFrom(env), { depth: 9, showHidden: true }) + JSON.stringify(settingsFrom(env))
  assert.ok(!shown.includes(N) && !shown.includes(O) && !shown.includes(env['TWINLOCK_KEYS']?.split(':')[1] ?? ''))
})

for (const [what, change, message] of [
  ['no signing key', { JWT_KEYS: '' }, /JWT_KEYS/],
  ['a short signing key', { JWT_KEYS: 'a:short' }, /32 characters/],
  ['a signing key without an id', { JWT_KEYS: 's'.repeat(40) }, /id:secret/],
  ['one id twice', { JWT_KEYS: `a:${N},a:${O}` }, /JWT_KEYS/],
  ['no sealing key', { TWINLOCK_KEYS: '' }, /twinlock keygen/],
  ['a sealing key that is none', { TWINLOCK_KEYS: 'k1:c2hvcnQ' }, /^TWINLOCK_KEYS: (?!.*c2hvcnQ)/],
  ['no address', { FRONTEND_URL: '' }, /FRONTEND_URL/],
  ['plain http to others', { FRONTEND_URL: 'http://app.example.com' }, /https/],
  ['an address that is none', { FRONTEND_URL: 'app.example.com' }, /FRONTEND_URL/],
  ['https without a proxy', { TRUST_PROXY: '' }, /TRUST_PROXY=127/],
  ['a database it does not know', { DATABASE_URL: 'postgresql://localhost/app' }, /DATABASE_URL/],
  ['the pretend phone', { APP_ENV: 'production', TWINLOCK_DEV_PHONE: '1' }, /pretend phone/],
  ['a mode nobody knows', { APP_ENV: 'staging' }, /APP_ENV/],
  ['a limit that is none', { SIGN_IN_LIMIT: 'many' }, /30\/minute/],
  ['a lockout that lets guessers in', { FIXED_LOCKOUT: '5/15' }, /a chance of .* a year/],
  ['a misspelt policy', { POLICY_BUDGTE: '8' }, /POLICY_BUDGTE/],
] as const) {
  test(`production refuses ${what}`, () => {
    assert.throws(
      () => settingsFrom(production(change)),
      error => error instanceof SettingsError && message.test(error.message),
    )
  })
}

test('production makes no tables either', async () => {
  await assert.rejects(createApp(settingsFrom(production()), { logger: false }), /prisma migrate deploy/)
})

test('the sealing key may be in a file', () => {
  const [path, keys] = [join(folder(), 'keys'), newTwinlockKeys()]
  writeFileSync(path, `${keys}\n`)
  assert.equal(settingsFrom(production({ TWINLOCK_KEYS: '', TWINLOCK_KEYS_FILE: path })).twinlockKeys.toText(), keys)
})

test('development makes keys once, for their owner alone', () => {
  const data = folder()
  const make = () => settingsFrom({ TWINLOCK_DEV_PHONE: '1', TWINLOCK_DEMO_DATA: data })
  const [first, second] = [make(), make()]
  assert.equal(first.jwtKeys.active, second.jwtKeys.active)
  assert.equal(first.twinlockKeys.toText(), second.twinlockKeys.toText())
  assert.deepEqual(readdirSync(data).sort(), ['jwt.keys', 'twinlock.keys'])
  for (const name of readdirSync(data)) assert.equal(statSync(join(data, name)).mode & 0o777, 0o600)
})
