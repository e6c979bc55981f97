/** The pretend phone, which is another hand than the engine: both must agree with the vectors, and with each other. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { AuthenticatorAccount, KeyRing, MemoryStorage, Policy, TwoFactor } from 'twinlock'
import { enroll, FakePhone, proof, VirtualClock } from 'twinlock/testing'

interface Vector {
  name: string
  uri: string
  secret: string
  algorithm: 'SHA1' | 'SHA256' | 'SHA512'
  digits: number
  period: number
  time: number
  code: string
}

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

function vectors(name: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`../../tests/vectors/${name}.json`, import.meta.url), 'utf8')).cases
}

describe('the pretend phone', () => {
  for (const vector of [...vectors('rfc6238'), ...vectors('totp-more')]) {
    test(`shows what ${vector.name} says, scanned and typed`, () => {
      const clock = new VirtualClock(vector.time)
      assert.equal(new FakePhone(vector.uri, clock).code(), vector.code)
      assert.equal(new FakePhone(vector.secret, clock, vector).code(), vector.code)
    })
  }

  for (const algorithm of ['SHA1', 'SHA256', 'SHA512'] as const) {
    for (const digits of [6, 7, 8]) {
      for (const period of [1, 15, 30, 60, 300]) {
        test(`agrees with the engine on ${algorithm}, ${digits} digits, ${period} s`, () => {
          const uri = `otpauth://totp/x?secret=${SECRET}&algorithm=${algorithm}&digits=${digits}&period=${period}`
          const [clock, account] = [new VirtualClock(1_700_000_000.5), AuthenticatorAccount.fromUri(uri)]
          const phone = new FakePhone(uri, clock)
          for (let step = -20; step <= 20; step += 1) {
            assert.equal(phone.codeAfter(step), account.codeAt(clock.now() + step * period))
          }
        })
      }
    }
  }

  test('takes secrets as people type them', () => {
    const clock = new VirtualClock(59)
    for (const typed of [
      'gezd gnbv gy3t qojq gezd gnbv gy3t qojq',
      `${SECRET}====`,
      SECRET.replace(/(.{4})/g, '$1-'),
    ]) {
      assert.equal(new FakePhone(typed, clock, { digits: 8 }).code(), '94287082')
    }
  })

  test('shows three codes in a row, the newest last', () => {
    const phone = new FakePhone(SECRET, () => 1_700_000_000)
    assert.deepEqual(phone.codes(3), [phone.codeAfter(-2), phone.codeAfter(-1), phone.code()])
    assert.equal(phone.nextCode(), phone.codeAfter(1))
  })

  test('knows a code that is wrong everywhere near now', () => {
    const phone = new FakePhone(SECRET, () => 1_700_000_000, { digits: 8 })
    const wrong = phone.wrongCode()
    assert.match(wrong, /^\d{8}$/)
    for (let step = -60; step <= 60; step += 1) assert.notEqual(phone.codeAfter(step), wrong)
  })

  for (const [what, text] of [
    ['another secret alphabet', 'not base32!'],
    ['an empty secret', ''],
    ['a counter', `otpauth://hotp/x?secret=${SECRET}&counter=1`],
    ['nine digits', `otpauth://totp/x?secret=${SECRET}&digits=9`],
    ['MD5', `otpauth://totp/x?secret=${SECRET}&algorithm=MD5`],
    ['no period', `otpauth://totp/x?secret=${SECRET}&period=0`],
  ] as const) {
    test(`refuses ${what}`, () => assert.throws(() => new FakePhone(text, () => 0)))
  }

  test('shows no secret when it is printed', () => {
    const shown =
      inspect(new FakePhone(SECRET, () => 0), { depth: 9, showHidden: true }) +
      JSON.stringify(new FakePhone(SECRET, () => 0))
    assert(!shown.includes(SECRET) && !shown.includes('31 32 33'))
  })
})

test('the clock stands still until it is moved', () => {
  const clock = new VirtualClock()
  const { now } = clock
  assert.equal(now(), 1_700_000_000)
  clock.advance(1.5)
  clock.advance(-0.5)
  assert.equal(now(), 1_700_000_001)
  clock.set(5)
  assert.equal(now(), 5)
})

for (const algorithm of ['SHA1', 'SHA256', 'SHA512'] as const) {
  test(`a user can be enrolled with ${algorithm}, and proves it`, async () => {
    const clock = new VirtualClock()
    const policy = new Policy({ algorithm, digits: 8 })
    const twoFactor = new TwoFactor({
      issuer: 'Acme',
      storage: new MemoryStorage(),
      keys: KeyRing.generate(),
      clock: clock.now,
      policy,
    })
    const { phone, enrolled } = await enroll(twoFactor, '42', clock)
    assert.equal(enrolled.backupCodes.length, 10)
    clock.advance(30)
    const assurance = await proof(twoFactor, '42', phone)
    assert.equal(await twoFactor.checkAssurance('42', { assurance, maxAge: 300 }), clock.now())
    await assert.rejects(proof(twoFactor, 'nobody', phone), /no second factor/)
  })
}
