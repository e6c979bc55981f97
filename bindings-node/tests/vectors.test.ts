/** Walks the tables of tests/vectors that the public API can show: codes, URIs and exports, read as a phone reads them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AuthenticatorAccount } from 'twinlock'
import { engine, refused } from './lib/engine.ts'

const ROOT = new URL('../../tests/', import.meta.url)
const read = (path: string) => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'))
const MANIFEST = read('manifest.json').vectors as Record<string, number>
const WALKED = [
  ...['rfc6238.json', 'totp-more.json', 'rfc4226.json', 'hotp-counters.json'],
  ...['otpauth-valid.json', 'otpauth-invalid.json', 'migration.json', 'base32.json'],
]
/** The end of the year 9999: a clock beyond it is taken for broken. */
const LATEST = 253_402_300_799

interface Case {
  name: string
  uri: string
  secret: string
  algorithm?: string
  digits?: number
  period?: number
  time: number
  counter: number | string
  code: string
  next_code?: string
  seconds_left?: number
  canonical: string
  issuer: string | null
  account_name: string
  result: string
  reason: string
  accounts: Case[]
  text: string
}

const cases = (file: string) => read(`vectors/${file}`).cases as Case[]
const { fromUri, fromMigration } = AuthenticatorAccount

function uriOf(one: Pick<Case, 'secret' | 'algorithm' | 'digits' | 'period'>): string {
  const names = (['algorithm', 'digits', 'period'] as const).filter(name => one[name] !== undefined)
  return `otpauth://totp/vector?secret=${one.secret}${names.map(name => `&${name}=${one[name]}`).join('')}`
}

for (const file of WALKED) {
  test(`no case of ${file} is missing`, () => {
    assert.ok(cases(file).length >= (MANIFEST[file] ?? Number.NaN))
  })
}

for (const file of ['rfc6238.json', 'totp-more.json']) {
  test(`codes at a time: ${file}`, async () => {
    for (const one of cases(file)) {
      for (const account of [one.uri, uriOf(one)].map(fromUri)) {
        if (one.time > LATEST) {
          await refused(() => account.codeAt(one.time), 'configuration_error')
          continue
        }
        assert.equal(account.codeAt(one.time), one.code, one.name)
        const next = one.time + account.period
        if (one.next_code !== undefined && next <= LATEST) assert.equal(account.codeAt(next), one.next_code, one.name)
        if (one.seconds_left !== undefined) assert.equal(account.secondsLeft(one.time), one.seconds_left, one.name)
      }
    }
  })
}

for (const file of ['rfc4226.json', 'hotp-counters.json']) {
  test(`codes at a counter within the calendar: ${file}`, () => {
    // A period of one second makes time a counter, as far as the calendar goes.
    const walked = cases(file).filter(one => Number(one.counter) <= LATEST)
    assert.ok(walked.length > 0)
    for (const one of walked) {
      assert.equal(fromUri(uriOf({ ...one, period: 1 })).codeAt(Number(one.counter)), one.code, one.name)
    }
  })
}

test('URIs are read', () => {
  for (const one of cases('otpauth-valid.json')) {
    for (const account of [one.uri, one.canonical].map(fromUri)) {
      const found = [account.issuer ?? null, account.accountName, account.digits, account.period]
      assert.deepEqual(found, [one.issuer, one.account_name, one.digits, one.period], one.name)
    }
  }
})

test('what is not a URI or an export is refused with its reason', async () => {
  const exports = cases('migration.json').filter(one => one.result === 'invalid')
  for (const one of cases('otpauth-invalid.json')) {
    const error = await refused(() => fromUri(one.uri), 'invalid_secret')
    assert.equal(error.message, `the secret cannot be used: ${one.reason}`, one.name)
  }
  for (const one of exports) {
    const error = await refused(() => fromMigration(one.uri), 'invalid_secret')
    assert.equal(error.message, `the secret cannot be used: ${one.reason}`, one.name)
  }
})

test('exports are read', () => {
  for (const one of cases('migration.json').filter(each => each.result !== 'invalid')) {
    const accounts = fromMigration(one.uri)
    assert.equal(accounts.length, one.accounts.length, one.name)
    for (const [index, account] of accounts.entries()) {
      const wanted = one.accounts[index] as Case
      assert.deepEqual([account.issuer ?? null, account.accountName], [wanted.issuer, wanted.account_name])
      assert.equal(account.codeAt(59), fromUri(uriOf(wanted)).codeAt(59), one.name)
    }
  }
})

test('secrets as people type them', async () => {
  const { twoFactor } = engine()
  for (const [number, one] of cases('base32.json').entries()) {
    const user = String(number)
    if (one.result === 'invalid') {
      await refused(twoFactor.importAuthenticator(user, { secret: one.text, actor: 'test' }), 'invalid_secret')
      continue
    }
    const id = await twoFactor.importAuthenticator(user, { secret: one.text, actor: 'test' })
    // The same secret, written plainly, is the same authenticator.
    const plain = await twoFactor.importAuthenticator(user, { secret: one.canonical, actor: 'test' })
    assert.equal(plain, id, one.name)
    const uri = `otpauth://totp/vector?secret=${encodeURIComponent(one.canonical)}`
    assert.equal(await twoFactor.importAuthenticator(user, { uri, actor: 'test' }), id, one.name)
  }
})
