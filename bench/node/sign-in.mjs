/**
 * A whole `verify` over `MemoryStorage`. Timed: open the challenge, load, open the record, decide, seal, save, answer.
 * Challenge and code are made before, on a clock that stands still.
 */
import { isTwoFactorError, KeyRing, MemoryStorage, TwoFactor } from '../../bindings-node/dist/index.js'
import { enroll, VirtualClock } from '../../bindings-node/dist/testing/index.js'

const USER = '42'
/** Seconds after which every code of the window is an unused one. */
const PAST_THE_WINDOW = 90

/** A `TwoFactor` with one enrolled user. */
class Desk {
  clock = new VirtualClock()
  twoFactor = new TwoFactor({
    issuer: 'Acme',
    storage: new MemoryStorage(),
    keys: KeyRing.generate(),
    clock: this.clock.now,
  })

  async opened() {
    Object.assign(this, await enroll(this.twoFactor, USER, this.clock))
    return this
  }

  async challenge(userId = USER, device = undefined) {
    const { challenge } = await this.twoFactor.afterFirstFactor(userId, { device, fresh: true })
    if (challenge === undefined) throw new Error('no challenge for a user with a second factor')
    return challenge
  }

  /** Sign-ins to come: when, with which challenge and which code. */
  async signIns(count, device) {
    const tries = []
    for (let number = 0; number < count; number += 1) {
      this.clock.advance(PAST_THE_WINDOW)
      const challenge = await this.challenge(USER, device)
      tries.push({ now: this.clock.now(), challenge, code: this.phone.code() })
    }
    return async () => {
      for (const { now, challenge, code } of tries) {
        this.clock.set(now)
        await this.twoFactor.verify(challenge, { code })
      }
    }
  }

  /** Tries a code that must be refused with `expected`. */
  async refused(challenge, code, expected) {
    try {
      await this.twoFactor.verify(challenge, { code })
    } catch (error) {
      if (isTwoFactorError(error) && error.code === expected) return
      throw error
    }
    throw new Error('a wrong code was taken')
  }

  /** The same refusal again and again, of a kind that writes nothing. */
  async refusals(challenge, code, expected, count) {
    await this.refused(challenge, code, expected)
    return async () => {
      for (let number = 0; number < count; number += 1) await this.refused(challenge, code, expected)
    }
  }
}

async function known(count) {
  const desk = await new Desk().opened()
  return desk.signIns(count, desk.enrolled.device)
}

async function unknown(count) {
  const desk = await new Desk().opened()
  await (await desk.signIns(20))() // the record is full now: 10 devices, 16 challenges
  return desk.signIns(count)
}

async function counted(count) {
  const desk = await new Desk().opened()
  const tries = []
  for (let number = 0; number < count; number += 1) {
    // One user each: a second wrong code soon meets the throttle.
    const { phone } = await enroll(desk.twoFactor, `user ${number}`, desk.clock)
    tries.push({ challenge: await desk.challenge(`user ${number}`), wrong: phone.wrongCode() })
  }
  desk.clock.advance(PAST_THE_WINDOW)
  return async () => {
    for (const { challenge, wrong } of tries) await desk.refused(challenge, wrong, 'invalid_code')
  }
}

async function replayed(count) {
  const desk = await new Desk().opened()
  return desk.refusals(await desk.challenge(), desk.phone.code(), 'invalid_code', count) // enrollment has used it
}

async function throttled(count) {
  const desk = await new Desk().opened()
  desk.clock.advance(PAST_THE_WINDOW) // a window with used steps is charged less
  const [challenge, wrong] = [await desk.challenge(), desk.phone.wrongCode()]
  for (let number = 0; number < 4; number += 1) await desk.refused(challenge, wrong, 'invalid_code')
  return desk.refusals(challenge, wrong, 'throttled', count)
}

/** What is measured of Twinlock; the names are those that `bench/measure/node.py` shows. */
export const signIns = [
  { name: 'right code, known browser', prepare: known },
  { name: 'right code, new browser each time', prepare: unknown },
  { name: 'wrong code, counted', prepare: counted },
  { name: 'used code again', prepare: replayed },
  { name: 'any code while throttled', prepare: throttled },
]
