/// <reference path="./lua.d.ts" />
import { createHash } from 'node:crypto'
import purge from '../../../../contract/redis/purge.lua'
import save from '../../../../contract/redis/save.lua'
import type { Wire } from './clients.ts'

/** A script and the name under which servers keep it. */
export interface Script {
  readonly source: string
  readonly sha1: string
}

/** Writes a record and its events, if the version is still the expected one. */
export const SAVE = named(save)

/** Drops a user's old events. */
export const PURGE = named(purge)

/** Runs a script, by its name where the server knows it. */
export async function script(
  { ask }: Wire,
  { source, sha1 }: Script,
  keys: readonly [string, ...string[]],
  values: readonly string[],
  signal: AbortSignal,
): Promise<unknown> {
  const rest = [`${keys.length}`, ...keys, ...values]
  try {
    return await ask(keys[0], ['EVALSHA', sha1, ...rest], signal)
  } catch (error) {
    // It did not run: sending it is no second try.
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return ask(keys[0], ['EVAL', source, ...rest], signal)
  }
}

function named(source: string): Script {
  return { source, sha1: createHash('sha1').update(source).digest('hex') }
}
