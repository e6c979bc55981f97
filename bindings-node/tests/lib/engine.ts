/** An engine on a clock of its own, and what it told. */
import assert from 'node:assert/strict'
import {
  type Code,
  isTwoFactorError,
  KeyRing,
  MemoryStorage,
  type Storage,
  TwoFactor,
  type TwoFactorError,
  type TwoFactorEvent,
  type TwoFactorOptions,
} from 'twinlock'
import { enroll, type FakePhone, VirtualClock } from 'twinlock/testing'

export interface Setting<S extends Storage> {
  twoFactor: TwoFactor<S>
  storage: S
  clock: VirtualClock
  told: [event: TwoFactorEvent, durable: boolean][]
}

export function engine(): Setting<MemoryStorage>
export function engine<S extends Storage>(storage: S, options?: Partial<TwoFactorOptions<S>>): Setting<S>
export function engine(storage: Storage = new MemoryStorage(), options: object = {}): Setting<Storage> {
  const clock = new VirtualClock()
  const told: [TwoFactorEvent, boolean][] = []
  const twoFactor = new TwoFactor({
    issuer: 'Acme',
    storage,
    keys: KeyRing.generate(),
    clock: clock.now,
    onEvent: (event, durable) => told.push([event, durable]),
    ...options,
  })
  return { twoFactor, storage, clock, told }
}

/** An enrolled user `42` after the password: a phone whose code is unused, and a challenge. */
export async function challenged(
  twoFactor: TwoFactor<Storage>,
  clock: VirtualClock,
): Promise<{ phone: FakePhone; challenge: string; backupCodes: string[] }> {
  const { phone, enrolled } = await enroll(twoFactor, '42', clock)
  clock.advance(30)
  const { challenge } = await twoFactor.afterFirstFactor('42')
  assert.ok(challenge)
  return { phone, challenge, backupCodes: enrolled.backupCodes }
}

/** That a call is refused with that code, as a typed error. */
export async function refused<C extends Code>(
  call: Promise<unknown> | (() => unknown),
  code: C,
): Promise<Extract<TwoFactorError, { code: C }>> {
  try {
    await (typeof call === 'function' ? call() : call)
  } catch (error) {
    assert.ok(isTwoFactorError(error), `not a refusal: ${error}`)
    assert.equal(error.code, code, error.message)
    return error as Extract<TwoFactorError, { code: C }>
  }
  return assert.fail(`nothing was refused; ${code} was expected`)
}
