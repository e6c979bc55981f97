/** The storage kit, a line for each law. */
import { describe, test } from 'node:test'
import type { Storage } from 'twinlock'
import { storageLaws } from 'twinlock/testing'
import { type Adapter, type Opened, open, type Place } from './adapters.ts'

/**
 * Holds an adapter to every law.
 * @param rollback - a transaction of the application's own around the save, rolled back
 */
export function keepsTheContract(
  adapter: Adapter,
  place: () => Place,
  rollback?: (save: () => Promise<void>) => Promise<void>,
): void {
  describe(`${adapter} keeps the contract`, () => {
    for (const law of storageLaws) {
      test(law.name, async () => {
        const opened = new Map<Storage, Opened>()
        await law.run({
          open: async () => {
            const one = await open(adapter, place())
            opened.set(one.storage, one)
            return one.storage
          },
          close: async storage => {
            await opened.get(storage)?.close()
          },
          ...(rollback && { rollback }),
        })
      })
    }
  })
}
