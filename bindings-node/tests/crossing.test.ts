/** Text and slots on their way into the engine and back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStorage } from 'twinlock'
import { enroll, FakePhone } from 'twinlock/testing'
import { engine } from './lib/engine.ts'

const SCRIPTS = ['plain', 'größer', '漢字かな', '👩🏽‍🚀']

/** As much of a script as fits. */
function filled(script: string, bytes: number): string {
  let text = ''
  while (Buffer.byteLength(text + script) <= bytes) text += script
  return text + '~'.repeat(bytes - Buffer.byteLength(text))
}

for (const script of SCRIPTS) {
  test(`text of every length comes back whole: ${script}`, async () => {
    const { twoFactor, clock } = engine()
    // With the longest one a challenge takes more than 1,024 characters.
    for (const userId of ['42', filled(script, 255)]) {
      const { uri, setup } = await twoFactor.beginEnrollment(userId, { accountName: 'ada' })
      const phone = new FakePhone(uri, clock)
      await twoFactor.confirmEnrollment(userId, { setup, code: phone.code() })
      for (const bytes of [0, 1, 2, 3, 255, 256, 300, 340, 341, 342, 511, 512]) {
        clock.advance(90)
        const carry = filled(script, bytes)
        const { challenge } = await twoFactor.afterFirstFactor(userId, { carry })
        assert.ok(challenge)
        const context = filled(script, 256)
        const verification = await twoFactor.verify(challenge, { code: phone.code(), context })
        assert.equal(verification.carry, carry)
        assert.equal(verification.userId, userId)
        assert.equal((await twoFactor.events(userId)).events[0]?.context, context)
      }
    }
  })
}

test('text around the length that is read in one go is refused or taken as it is', async () => {
  const { twoFactor } = engine()
  for (let length = 1000; length <= 1030; length++) {
    for (const character of ['a', 'é', '漢', '👍']) {
      const text = character.repeat(length)
      await assert.rejects(twoFactor.verify(text, { code: '123456' }), { code: 'challenge_expired' })
      await assert.rejects(twoFactor.verify('a', { code: text }), { code: 'malformed_code' })
      await assert.rejects(twoFactor.afterFirstFactor(text), { code: 'malformed_request' })
    }
  }
})

test('many operations at once each have a slot of their own, and their answers', async () => {
  const memory = new MemoryStorage()
  const { twoFactor } = engine({
    load: async user => memory.load(user),
    save: async (...change) => memory.save(...change),
    erase: async user => memory.erase(user),
  })
  const users = Array.from({ length: 500 }, (_, number) => `user ${number}`)
  for (let round = 0; round < 3; round++) {
    const begun = await Promise.all(users.map(user => twoFactor.beginEnrollment(user, { accountName: user })))
    assert.deepEqual(
      begun.map(one => one.accountName),
      users,
    )
  }
})

test('a record of any size is decided on as it is, and the next one as if it had not been', async () => {
  const { twoFactor, storage, clock } = engine(new MemoryStorage())
  await enroll(twoFactor, '42', clock)
  const row = storage.load('42')
  assert.ok(row)
  // Around what the buffer holds at first, and around what it may keep.
  for (const size of [0, 1, 1951, 1952, 1953, 65_440, 65_441, 1_000_000]) {
    const data = new Uint8Array(size)
    data.set(row.data.subarray(0, size))
    storage.load = () => ({ ...row, data })
    await assert.rejects(twoFactor.status('42'), { code: 'record_tampered' })
    storage.load = () => row
    assert.equal((await twoFactor.status('42')).enabled, true)
  }
})
