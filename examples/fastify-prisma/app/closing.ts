/** Closing accounts. */
import type { Parts } from './parts.ts'

/**
 * Erases the second factor, then the account; whatever fails is taken up at the next start.
 *
 * In this order nobody can ever sign in to an account whose second factor is gone already.
 */
export async function finishClosing({ accounts, tokens, twoFactor }: Parts, userId: string): Promise<void> {
  await tokens.endOthers(userId)
  await twoFactor.engine.erase(userId)
  await accounts.remove(userId)
}

/** What was begun before the last stop. */
export async function finishAllClosings(parts: Parts): Promise<void> {
  for (const userId of await parts.accounts.closed()) await finishClosing(parts, userId)
}
