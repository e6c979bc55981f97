/** Passwords: argon2id. */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** SP 800-63B-4: length matters, composition rules do not. */
export const MIN_LENGTH = 8
/** So that nobody makes the hash work on a novel. */
export const MAX_LENGTH = 256

// OWASP's password storage cheat sheet: argon2id with 19 MiB, two passes, one lane.
const COST = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 }
let nobody: Promise<string> | undefined

/** The hash to store. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, COST)
}

/**
 * Whether the password is right. For an unknown user (no hash) the same work is done, so that the time of the answer does not tell
 * who has an account.
 * @param check - what compares; tests count it
 */
export async function checkPassword(
  password: string,
  stored: string | undefined,
  check: (hash: string, password: string) => Promise<boolean> = verify,
): Promise<boolean> {
  nobody ??= hash(randomBytes(16).toString('hex'), COST)
  try {
    const right = await check(stored ?? (await nobody), password)
    return right && stored !== undefined
  } catch {
    // What is stored is no hash of ours.
    return false
  }
}
