import type { Enrolled } from '../results.ts'
import type { TwoFactor } from '../two-factor.ts'
import type { Clock, VirtualClock } from './clock.ts'
import { FakePhone } from './phone.ts'

/**
 * Enrolls a pretend phone. The code it shows now is used: advance the clock before signing in.
 *
 * ```ts
 * const { phone, enrolled } = await enroll(twoFactor, '42', clock);
 * clock.advance(30);
 * const { challenge } = await twoFactor.afterFirstFactor('42');
 * await twoFactor.verify(challenge, { code: phone.code() });
 * ```
 *
 * @param userId - who gets the second factor
 * @param clock - the clock of `twoFactor`
 * @returns the phone, and what the confirmation answered: backup codes, proof, device
 * @throws TwoFactorError as `beginEnrollment` and `confirmEnrollment` do
 */
export async function enroll(
  twoFactor: Pick<TwoFactor, 'beginEnrollment' | 'confirmEnrollment'>,
  userId: string,
  clock: VirtualClock | Clock,
): Promise<{ phone: FakePhone; enrolled: Enrolled }> {
  const { setup, uri } = await twoFactor.beginEnrollment(userId, { accountName: 'ada@example.com' })
  const phone = new FakePhone(uri, clock)
  const enrolled = await twoFactor.confirmEnrollment(userId, { setup, code: phone.code() })
  return { phone, enrolled }
}

/**
 * A fresh proof (assurance) by the code that the phone shows now, which must be unused.
 * @param userId - who proves it
 * @returns the `assurance` that sensitive operations ask for
 * @throws TwoFactorError as `afterFirstFactor` and `verify` do; Error when the user has no second factor
 */
export async function proof(
  twoFactor: Pick<TwoFactor, 'afterFirstFactor' | 'verify'>,
  userId: string,
  phone: FakePhone,
): Promise<string> {
  const { challenge } = await twoFactor.afterFirstFactor(userId, { fresh: true })
  if (challenge === undefined) throw new Error('the user has no second factor')
  return (await twoFactor.verify(challenge, { code: phone.code() })).assurance
}
