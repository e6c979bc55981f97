import { isDeepStrictEqual } from 'node:util'
import type { Bench } from './driver-bench.ts'
import { refused } from './driver-bench.ts'
import type { Fault } from './faulty.ts'
import { OrderedFailure } from './faulty.ts'
import { must } from './must.ts'

const ROUNDS = 5
const AT_ONCE = 200
const NOT_TOLD = 'what was not stored, or may not be, must not be told'

export async function whatChangesNothingWritesNothing(bench: Bench): Promise<void> {
  const { storage } = bench
  const [loads, saves] = [storage.loads, storage.saves]
  const challenge = await bench.challenge()
  await bench.driver.status(bench.user)
  must(storage.loads === loads + 2, 'each call must load the record once: nothing is cached')
  await refused(bench.verify(challenge, '0000-0000-0000-0000'), 'invalid_code', 'a wrong backup code is an outcome')
  must(storage.saves === saves, 'what changes nothing must write nothing')
  must(isDeepStrictEqual(bench.told, [['failed', false]]), 'a refusal that is not stored must be told as such')
}

export async function aWrongCodeIsWrittenBeforeItIsTold(bench: Bench): Promise<void> {
  const { storage, phone } = bench
  const challenge = await bench.challenge()
  const [saves, version] = [storage.saves, await bench.version()]
  await refused(bench.verify(challenge, phone.wrongCode()), 'invalid_code', 'a counted wrong code is an outcome')
  must(storage.saves === saves + 1 && (await bench.version()) !== version, 'a counted wrong code must be written')
  must(isDeepStrictEqual(bench.told, [['failed', true]]), 'and its event told after the commit')
  storage.order('save_fails_before')
  const rule = 'a wrong code whose count was not written must not be told as one'
  await refused(bench.verify(challenge, phone.wrongCode()), 'storage_error', rule)
  must(bench.told.length === 1, NOT_TOLD)
}

export async function whatFailsLetsNobodyIn(bench: Bench): Promise<void> {
  const challenge = await bench.challenge()
  for (const fault of ['load_fails', 'save_fails_before'] as const) {
    bench.storage.order(fault)
    const error = await refused(bench.verify(challenge), 'storage_error', `when ${fault}`)
    must(error.cause instanceof OrderedFailure, "the storage's own error must be the cause")
  }
  bench.storage.order('load_fails')
  const rule = 'a user whose record cannot be loaded must not pass as one without a second factor'
  await refused(bench.driver.afterFirstFactor(bench.user), 'storage_error', rule)
  must(bench.told.length === 0, NOT_TOLD)
  await bench.verify(challenge) // nothing was written, so nothing is burned
}

export async function whatWasBurnedStaysBurned(bench: Bench): Promise<void> {
  const [challenge, other] = [await bench.challenge(), await bench.challenge()]
  bench.storage.order('save_fails_after')
  await refused(bench.verify(challenge), 'storage_error', 'nobody may be let in on doubt')
  must(bench.told.length === 0, NOT_TOLD)
  await refused(bench.verify(other), 'invalid_code', 'a code burned by a save that failed after writing stays burned')
  await refused(bench.verify(challenge, bench.backupCode), 'challenge_expired', 'and so does its challenge')
}

export async function whatAnswersLateRefuses(bench: Bench): Promise<void> {
  const [challenge, other, version] = [await bench.challenge(), await bench.challenge(), await bench.version()]
  bench.storage.order('load_late')
  await refused(bench.verify(challenge), 'storage_timeout', 'a late load must refuse')
  await bench.storage.idle()
  must((await bench.version()) === version, 'a load that answers after the time-out must lead to no write')
  bench.storage.order('save_late')
  await refused(bench.verify(challenge), 'storage_timeout', 'a late save must refuse')
  await bench.storage.idle()
  must((await bench.version()) !== version, 'a write that was begun must go on')
  must(bench.told.length === 0, 'an outcome whose caller gave up must not be told')
  await refused(bench.verify(other), 'invalid_code', 'what a late save burned stays burned')
}

export async function whatNeverAnswersRefuses(bench: Bench): Promise<void> {
  const challenge = await bench.challenge()
  for (const fault of ['load_never', 'save_never'] as const) {
    bench.storage.order(fault)
    await refused(bench.verify(challenge), 'storage_timeout', `when ${fault}`)
  }
  bench.storage.order('load_never')
  await refused(bench.driver.afterFirstFactor(bench.user), 'storage_timeout', 'a user whose load never answers')
  must(bench.told.length === 0, NOT_TOLD)
}

export async function whatAnswersNonsenseRefuses(bench: Bench): Promise<void> {
  const challenge = await bench.challenge()
  const faults: Fault[] = ['load_gives_undefined', 'load_gives_nonsense', 'save_gives_nonsense']
  for (const fault of faults) {
    bench.storage.order(fault)
    await refused(bench.verify(challenge), 'storage_error', `when ${fault}`)
  }
  for (const fault of faults.slice(0, 2)) {
    bench.storage.order(fault)
    await refused(bench.driver.afterFirstFactor(bench.user), 'storage_error', `${fault} must let nobody in`)
  }
  must(bench.told.length === 0, NOT_TOLD)
}

export async function aLostRaceIsDecidedOnAFreshRecord(bench: Bench): Promise<void> {
  const [mine, other] = [await bench.challenge(), await bench.challenge()]
  const code = bench.phone.code()
  let elsewhere: Promise<unknown> | undefined
  // At the very moment when this driver decides, the same code comes in elsewhere.
  bench.hook = () => (elsewhere = bench.elsewhere.verify(other, { code }))
  const [here] = await Promise.allSettled([bench.verify(mine, code)])
  must(elsewhere !== undefined, 'the clock must be read between load and save')
  const [there] = await Promise.allSettled([elsewhere])
  const losers = [here, there].filter(answer => answer.status === 'rejected')
  must(losers.length === 1, 'of two sign-ins with one code exactly one must get in')
  const given = (losers[0]?.reason as { code?: unknown } | undefined)?.code
  must(
    given === 'invalid_code',
    `the other must be decided on the record that the first wrote, not get ${String(given)}`,
  )
}

export async function aLostRaceIsDecidedOnAFreshClock(bench: Bench): Promise<void> {
  const challenge = await bench.challenge()
  const [loads, readings] = [bench.storage.loads, bench.readings]
  bench.storage.order('save_loses_race')
  bench.ticks = 600
  await refused(bench.verify(challenge), 'challenge_expired', 'after a lost race the clock must be read again')
  must(bench.storage.loads === loads + 2, 'after a lost race the record must be loaded again')
  must(bench.readings === readings + 2, 'the clock must be read once in each round')
}

export async function fiveLostRacesRefuse(bench: Bench): Promise<void> {
  const { storage } = bench
  const challenge = await bench.challenge()
  const [loads, saves] = [storage.loads, storage.saves]
  storage.order(...Array.from({ length: ROUNDS }, () => 'save_loses_race' as const))
  await refused(bench.verify(challenge), 'contention', 'five lost races must end in contention')
  must(storage.loads === loads + ROUNDS && storage.saves === saves + ROUNDS, 'there must be five rounds, not more')
  must(bench.told.length === 0, NOT_TOLD)
  storage.order(...Array.from({ length: ROUNDS - 1 }, () => 'save_loses_race' as const))
  await bench.verify(challenge) // the fifth round still counts
  const verified = bench.told.filter(([type]) => type === 'verified').length
  must(verified === 1, 'an event must be told once, however many rounds it took')
}

export async function ofManyAtOnceOneGetsIn(bench: Bench): Promise<void> {
  const challenges: string[] = []
  for (let number = 0; number < AT_ONCE; number += 1) challenges.push(await bench.challenge())
  const [code, saves] = [bench.phone.code(), bench.storage.saves]
  const answers = await Promise.allSettled(challenges.map(challenge => bench.verify(challenge, code)))
  const inside = answers.filter(({ status }) => status === 'fulfilled').length
  must(inside === 1, `of ${AT_ONCE} sign-ins at once with one code exactly one must get in, not ${inside}`)
  for (const answer of answers) {
    if (answer.status === 'fulfilled') continue
    const { code: given } = answer.reason as { code?: unknown }
    must(
      ['invalid_code', 'contention'].includes(String(given)),
      `the others must be refused in words, not by ${String(given)}`,
    )
  }
  must(bench.storage.saves - saves <= AT_ONCE * ROUNDS, 'and nobody may try more than five rounds')
}

export async function aBrokenClockRefuses(bench: Bench): Promise<void> {
  const challenge = await bench.challenge()
  const saves = bench.storage.saves
  const values = [-1, NaN, Infinity, -Infinity, 2 ** 63, null, undefined, '12', 12n, {}, [1_700_000_000], new Date(0)]
  for (const value of values) {
    bench.broken = () => value
    await refused(bench.verify(challenge), 'configuration_error', `a clock that shows ${typeof value} ${String(value)}`)
  }
  bench.broken = () => {
    throw new OrderedFailure('ordered: the clock fails')
  }
  await refused(bench.verify(challenge), 'configuration_error', 'a clock that throws')
  bench.broken = undefined
  must(bench.storage.saves === saves, 'on a broken clock nothing may be written')
  await bench.verify(challenge)
}

export async function whoListensCannotUndo(bench: Bench): Promise<void> {
  const challenge = await bench.challenge()
  bench.listensBadly = true
  const { userId } = await bench.verify(challenge)
  must(userId === bench.user, 'an error of onEvent must not undo what is committed')
  const failed = bench.verify(await bench.challenge(), bench.phone.wrongCode())
  await refused(failed, 'invalid_code', 'an error of onEvent must not replace a refusal')
}

export async function whatWasHandedToSaveIsLeftAlone(bench: Bench): Promise<void> {
  for (const _ of Array(3)) {
    await bench.verify(await bench.challenge())
    bench.time.advance(90)
    await bench.driver.status(bench.user)
  }
  must(bench.kept.length >= 4, 'every sign-in must be saved')
  for (const { given, copy } of bench.kept) {
    must(copy.equals(given.data), 'bytes handed to save belong to the storage: a later call must not write into them')
  }
}

export async function eraseIsToldWhenItIsDone(bench: Bench): Promise<void> {
  bench.storage.order('erase_fails', 'erase_never')
  await refused(bench.driver.erase(bench.user), 'storage_error', 'an erase that failed must be told as such')
  await refused(bench.driver.erase(bench.user), 'storage_timeout', 'an erase without an answer must refuse')
  must(bench.told.length === 0, 'what may not be erased must not be told')
  await bench.driver.erase(bench.user)
  must(isDeepStrictEqual(bench.told, [['erased', false]]), 'an erase must be told, and not as stored')
  must((await bench.version()) === null, 'an erase must leave no record')
}
