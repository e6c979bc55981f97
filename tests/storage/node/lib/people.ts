/** Users with a second factor, on the clock of the test. */
import { randomBytes } from 'node:crypto'
import { KeyRing, type Storage, TwoFactor } from 'twinlock'
import { enroll, type FakePhone, VirtualClock } from 'twinlock/testing'

/** The key of this process and those it starts. */
export const KEYS = (process.env['TWINLOCK_TEST_KEYS'] ??= KeyRing.generate().toText())

/** An engine over a storage. */
export function engine(storage: Storage, now: () => number): TwoFactor {
  return new TwoFactor({ issuer: 'Acme', storage, keys: KeyRing.fromText(KEYS), clock: now, storageTimeoutMs: 30_000 })
}

/** Somebody who signs in. */
export interface Person {
  readonly userId: string
  readonly phone: FakePhone
  readonly clock: VirtualClock
  readonly twoFactor: TwoFactor
}

/** Enrolls somebody new; the next code is unused. */
export async function person(storage: Storage, about = 'user'): Promise<Person> {
  const clock = new VirtualClock()
  const twoFactor = engine(storage, clock.now)
  const userId = `${about}-${randomBytes(6).toString('hex')}`
  const { phone } = await enroll(twoFactor, userId, clock)
  clock.advance(30)
  return { userId, phone, clock, twoFactor }
}

/** The same person, met by another process. */
export function elsewhere(one: Person, storage: Storage): Person {
  return { ...one, twoFactor: engine(storage, one.clock.now) }
}

/** A challenge, as after a right password. */
export async function challenge({ twoFactor, userId }: Person): Promise<string> {
  const { challenge } = await twoFactor.afterFirstFactor(userId)
  if (challenge === undefined) throw new Error('no second factor')
  return challenge
}
