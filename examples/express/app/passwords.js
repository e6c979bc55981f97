/** Passwords: argon2id. */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

export const MIN_LENGTH = 8
export const MAX_LENGTH = 256

// OWASP's password storage cheat sheet: argon2id with 19 MiB, two passes, one lane.
const COST = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 }
const NOBODY = hash(randomBytes(16).toString('hex'), COST)

/**
 * The hash to store.
 * @param {string} password
 */
export function hashPassword(password) {
  return hash(password, COST)
}

/**
 * Whether the password is right. For an unknown user (no hash) the same work is done, so that the time of the answer does not
 * tell who has an account.
 * @param {string} password
 * @param {string | undefined} stored
 * @param {(hash: string, password: string) => Promise<boolean>} check does that work
 */
export async function checkPassword(password, stored, check = verify) {
  try {
    const right = await check(stored ?? (await NOBODY), password)
    return right && stored !== undefined
  } catch {
    return false
  }
}
