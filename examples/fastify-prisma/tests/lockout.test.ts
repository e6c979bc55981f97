// The lockout settings: what the environment asks for is what the second factor does, and its risk is named.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Policy } from 'twinlock'
import { policyFrom, riskOf } from '../app/lockout.ts'
import { withAda } from './lib/instance.ts'
import { told } from './lib/person.ts'

test('nothing said: the default policy, below one in ten thousand', () => {
  const policy = policyFrom({})
  assert.deepEqual(policy.settings, new Policy().settings)
  assert.ok(policy.yearlyGuessProbability() < 1e-4)
  assert.equal(riskOf(policy), '0.0088 % a year (1 in 11,302)')
})

test('every field of a policy has a variable', () => {
  const { settings } = policyFrom({
    POLICY_BUDGET: '6',
    POLICY_BUDGET_RETURN_DAYS: '30',
    POLICY_BACKOFF: '0,10,60',
    POLICY_DIGITS: '8',
    POLICY_ALGORITHM: 'SHA256',
    POLICY_REQUIRE_SAVED_CODES: 'true',
    POLICY_DEVICE_TRUSTED_DAYS: '0',
    POLICY_BACKUP_CODES: '',
  })
  assert.deepEqual([settings.budget, settings.budgetReturnDays, settings.backoff], [6, 30, [0, 10, 60]])
  assert.deepEqual([settings.digits, settings.algorithm, settings.requireSavedCodes], [8, 'SHA256', true])
  assert.deepEqual([settings.deviceTrustedDays, settings.backupCodes], [0, 10])
})

for (const [name, env, message] of [
  ['a name nobody reads', { POLICY_BUDGTE: '6' }, /no setting POLICY_BUDGTE/],
  ['a number that is none', { POLICY_BUDGET: 'many' }, /POLICY_BUDGET is not a number/],
  ['a list for a number', { POLICY_BUDGET: '1,2' }, /POLICY_BUDGET is one number/],
  ['a flag that is none', { POLICY_ACCEPT_RISK: 'yes' }, /true or false/],
  ['a number out of its range', { POLICY_WINDOW: '9' }, /window/],
  ['a lockout that is none', { FIXED_LOCKOUT: 'five' }, /attempts\/minutes/],
  ['two lockouts at once', { FIXED_LOCKOUT: '5/15', POLICY_BUDGET: '6', POLICY_ACCEPT_RISK: 'true' }, /no other/],
] as const) {
  test(`refused: ${name}`, () => {
    assert.throws(() => policyFrom(env), message)
  })
}

test('five tries in fifteen minutes are refused with the risk named, and taken when that is accepted', () => {
  const env = { FIXED_LOCKOUT: '5/15' }
  assert.throws(() => policyFrom(env), /guesses a code with a chance of \d+(\.\d+)? % a year.*POLICY_ACCEPT_RISK=true/)
  const policy = policyFrom({ ...env, POLICY_ACCEPT_RISK: 'true' })
  assert.ok(policy.yearlyGuessProbability() > 0.3)
  assert.match(riskOf(policy), /^\d\d % a year \(1 in \d\)$/)
})

test('a generous budget is refused with the risk named', () => {
  const env = { POLICY_BUDGET: '200', POLICY_BUDGET_RETURN_DAYS: '1' }
  assert.throws(() => policyFrom(env), /POLICY_ACCEPT_RISK=true if that is meant/)
})

test('what is set is what happens: three wrong codes, then nothing for ten minutes', async () => {
  const { ada, clock } = await withAda({ FIXED_LOCKOUT: '3/10', POLICY_ACCEPT_RISK: 'true' })
  await ada.enrol()
  // From elsewhere, where nobody passed the second factor before.
  ada.device = undefined
  clock.advance(60)
  for (let tries = 0; tries < 3; tries++) {
    const wrong = await ada.verify(await ada.challenge(), ada.phone?.wrongCode() ?? '')
    assert.deepEqual(told(wrong), [401, 'invalid_code'])
  }
  const right = async () => told(await ada.verify(await ada.challenge(), ada.phone?.code() ?? ''))
  assert.deepEqual(await right(), [429, 'throttled'])
  clock.advance(9 * 60)
  assert.deepEqual(await right(), [429, 'throttled'])
  clock.advance(61)
  assert.equal((await right())[0], 200)
})
