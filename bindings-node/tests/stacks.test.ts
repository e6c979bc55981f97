/** What a guesser causes at will has no stack, which would cost as much as the decision; everything else has one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTwoFactorError, KeyRing, MemoryStorage, TwoFactor } from 'twinlock'
import { enroll, FaultyStorage, VirtualClock } from 'twinlock/testing'

async function refusal(answer: Promise<unknown>): Promise<Error & { code: string }> {
  const error: unknown = await answer.catch((reason: unknown) => reason)
  assert(isTwoFactorError(error))
  return error
}

test('a wrong code has no stack, and leaves those of others as they are', async () => {
  const clock = new VirtualClock()
  const keys = KeyRing.generate()
  const twoFactor = new TwoFactor({ issuer: 'Acme', storage: new MemoryStorage(), keys, clock: clock.now })
  const { phone } = await enroll(twoFactor, '42', clock)
  const { challenge } = await twoFactor.afterFirstFactor('42')
  const limit = Error.stackTraceLimit
  const wrong = await refusal(twoFactor.verify(challenge ?? '', { code: phone.wrongCode() }))
  assert.equal(wrong.code, 'invalid_code')
  assert.equal(wrong.stack, `TwoFactorError: ${wrong.message}`)
  assert.equal(Error.stackTraceLimit, limit)
  assert.match(new Error('mine').stack ?? '', /\n {4}at /)
})

test('a fault of the world says where it came from', async () => {
  const storage = new FaultyStorage()
  const twoFactor = new TwoFactor({ issuer: 'Acme', storage, keys: KeyRing.generate() })
  storage.order('load_fails')
  const failed = await refusal(twoFactor.status('42'))
  assert.equal(failed.code, 'storage_error')
  assert.match(failed.stack ?? '', /\n {4}at /)
})
