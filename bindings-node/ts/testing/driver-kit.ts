/** What every driver must hold to: the rules of `driver.ts`, each tried on a storage with faults to order. */
import { MemoryStorage } from '../storage/memory.ts'
import { Bench, type MakeDriver } from './driver-bench.ts'
import * as laws from './driver-laws.ts'
import { underLaw } from './must.ts'

export type { DrivenBy, DriverParts, MakeDriver } from './driver-bench.ts'

/** One law of the driver kit. */
export interface DriverLaw {
  /** The law in words, as a test runner should show it. */
  readonly name: string
  /**
   * Holds a driver to it, over a storage that answers directly and over one that answers by promises.
   * @param make - puts a driver together; called several times
   * @throws AssertionError that names the law and says what broke it
   */
  run(make: MakeDriver): Promise<void>
}

function law(name: string, body: (bench: Bench) => Promise<void>): DriverLaw {
  return {
    name,
    run: async make => {
      for (const direct of [false, true]) {
        await underLaw(name, async () => body(await new Bench(make, new MemoryStorage(), direct).ready()))
      }
    },
  }
}

/** The laws, one by one, for test runners that show a line for each. */
export const driverLaws: readonly DriverLaw[] = [
  law('what changes nothing writes nothing', laws.whatChangesNothingWritesNothing),
  law('a counted wrong code is written before it is told', laws.aWrongCodeIsWrittenBeforeItIsTold),
  law('what fails lets nobody in', laws.whatFailsLetsNobodyIn),
  law('what was burned stays burned', laws.whatWasBurnedStaysBurned),
  law('what answers late refuses, and its write goes on', laws.whatAnswersLateRefuses),
  law('what never answers refuses', laws.whatNeverAnswersRefuses),
  law('what answers nonsense refuses', laws.whatAnswersNonsenseRefuses),
  law('a lost race is decided on a fresh record', laws.aLostRaceIsDecidedOnAFreshRecord),
  law('a lost race is decided on a fresh clock', laws.aLostRaceIsDecidedOnAFreshClock),
  law('five lost races refuse', laws.fiveLostRacesRefuse),
  law('of many at once one gets in', laws.ofManyAtOnceOneGetsIn),
  law('a broken clock refuses', laws.aBrokenClockRefuses),
  law('who listens cannot undo', laws.whoListensCannotUndo),
  law('what was handed to save is left alone', laws.whatWasHandedToSaveIsLeftAlone),
  law('erase is told when it is done', laws.eraseIsToldWhenItIsDone),
]

/**
 * Holds a driver to every law of {@link driverLaws}.
 *
 * ```ts
 * await driverKit((parts) => new MyTwoFactor({ issuer: 'Acme', ...parts }));
 * ```
 *
 * @param make - puts a driver together of the parts given; called many times
 * @throws AssertionError that names the law that broke
 */
export async function driverKit(make: MakeDriver): Promise<void> {
  for (const { run } of driverLaws) await run(make)
}
