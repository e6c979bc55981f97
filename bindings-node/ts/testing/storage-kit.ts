/**
 * What every storage must hold to, yours included.
 *
 * ```ts
 * import { test } from 'node:test';
 * import { storageLaws } from 'twinlock/testing';
 *
 * for (const law of storageLaws) test(law.name, () => law.run({ open: () => new MyStorage(url), close: (storage) => storage.end() }));
 * ```
 */

import type { Storage } from '../storage.ts'
import { underLaw } from './must.ts'
import { connected, type StorageUnderTest } from './storage-connection.ts'
import * as laws from './storage-laws.ts'
import * as reports from './storage-reports.ts'

export type { StorageUnderTest } from './storage-connection.ts'

/** One law of the storage kit. */
export interface StorageLaw {
  /** The law in words, as a test runner should show it. */
  readonly name: string
  /**
   * Holds a storage to it.
   * @param subject - how to open the storage
   * @throws AssertionError that names the law and says what broke it
   */
  run<S extends Storage>(subject: StorageUnderTest<S>): Promise<void>
}

type Body = (connect: () => Promise<laws.Connection>, subject: StorageUnderTest) => Promise<void>

function law(name: string, body: Body): StorageLaw {
  return {
    name,
    run: subject =>
      underLaw(name, () => connected(subject, connect => body(connect, subject as unknown as StorageUnderTest))),
  }
}

/** The laws, one by one, for test runners that show a line for each. Those of `Reports` hold for storages that have its methods. */
export const storageLaws: readonly StorageLaw[] = [
  law('a record is created once', laws.createsOnce),
  law('a stale save is refused', laws.refusesStaleSaves),
  law('of parallel saves exactly one wins', laws.oneOfParallelSavesWins),
  law('another connection loads what was saved', laws.anotherConnectionSeesIt),
  law('bytes and types come back', laws.bytesAndTypesComeBack),
  law('large records come back', laws.largeRecordsComeBack),
  law('odd user ids stay apart', laws.oddUserIdsStayApart),
  law('events are written with their record or not at all', reports.eventsGoWithTheirRecord),
  law("a save outlives the caller's rollback", laws.outlivesTheCallersRollback),
  law('what is erased is gone', laws.erases),
  law('events come back as they were, newest first', reports.eventsComeBack),
  law('the figures count', reports.counts),
  law('old events can be purged', reports.purges),
  law('records of other keys are found', reports.findsStaleRecords),
]

/**
 * Holds a storage to every law of {@link storageLaws}. It works on users of its own and erases them; still, give it a database
 * made for tests.
 * @param subject - how to open the storage
 * @throws AssertionError that names the law that broke
 */
export async function storageKit<S extends Storage>(subject: StorageUnderTest<S>): Promise<void> {
  for (const { run } of storageLaws) await run(subject)
}
