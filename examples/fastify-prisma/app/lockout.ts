/**
 * The numbers of the second factor, from the environment.
 *
 * Each field of Twinlock's `Policy` has a variable: `budgetReturnDays` is `POLICY_BUDGET_RETURN_DAYS=21`, a list is written
 * `POLICY_BACKOFF=0,0,0,15,30`. `FIXED_LOCKOUT=5/15` is what many sites do instead: 5 wrong codes, 15 minutes. What a setting amounts
 * to is a number, the probability that somebody who has the password guesses a code within a year; above 1 in 10,000 the
 * application does not start unless `POLICY_ACCEPT_RISK=true` says that somebody decided so.
 */
import { isTwoFactorError, Policy, type PolicySettings } from 'twinlock'

const PREFIX = 'POLICY_'

type Value = PolicySettings[keyof PolicySettings]

/**
 * The policy that the environment asks for.
 * @throws RangeError that says which variable is wrong, or what a refused policy would risk
 */
export function policyFrom(env: NodeJS.ProcessEnv): Policy {
  const settings = settingsFrom(env)
  const fixed = env['FIXED_LOCKOUT']
  if (!fixed) return accepted(settings.acceptRisk === true, acceptRisk => new Policy({ ...settings, acceptRisk }))
  const others = Object.keys(settings).filter(name => name !== 'acceptRisk')
  if (others.length > 0)
    throw new RangeError(`FIXED_LOCKOUT goes with no other ${PREFIX} setting than ${PREFIX}ACCEPT_RISK`)
  const [, attempts, minutes] = /^(\d{1,3})\/(\d{1,5})$/.exec(fixed) ?? []
  if (attempts === undefined) throw new RangeError('FIXED_LOCKOUT is written attempts/minutes, such as 5/15')
  const rule = { attempts: Number(attempts), minutes: Number(minutes) }
  return accepted(settings.acceptRisk === true, acceptRisk => Policy.fixedLockout({ ...rule, acceptRisk }))
}

/** What a policy amounts to, for the one who starts the application. */
export function riskOf(policy: Policy): string {
  const probability = policy.yearlyGuessProbability()
  return `${(probability * 100).toPrecision(2)} % a year (1 in ${Math.round(1 / probability).toLocaleString('en')})`
}

function accepted(acceptRisk: boolean, make: (acceptRisk: boolean) => Policy): Policy {
  try {
    return make(acceptRisk)
  } catch (error) {
    if (!isTwoFactorError(error)) throw error
    throw new RangeError((!acceptRisk && risky(make)) || error.message)
  }
}

/** Names the risk, where accepting it is all that is missing. */
function risky(make: (acceptRisk: boolean) => Policy): string | undefined {
  try {
    const chance = riskOf(make(true))
    return `with this lockout, who has a password guesses a code with a chance of ${chance}; ${PREFIX}ACCEPT_RISK=true if that is meant`
  } catch {
    return undefined
  }
}

function settingsFrom(env: NodeJS.ProcessEnv): Partial<PolicySettings> {
  const defaults = new Policy().settings
  const names = new Map(Object.keys(defaults).map(name => [variable(name), name as keyof PolicySettings]))
  const given = Object.entries(env).filter(([name, text]) => name.startsWith(PREFIX) && text)
  return Object.fromEntries(
    given.map(([name, text = '']) => {
      const setting = names.get(name)
      // A rule that is misspelt would silently not hold.
      if (setting === undefined) throw new RangeError(`there is no setting ${name}`)
      return [setting, parsed(name, text, defaults[setting])]
    }),
  )
}

function variable(setting: string): string {
  return PREFIX + setting.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()
}

function parsed(name: string, text: string, like: Value): string | boolean | number | readonly number[] {
  if (typeof like === 'string') return text
  if (typeof like === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true'
    throw new RangeError(`${name} is true or false`)
  }
  const numbers = text.split(',').map(Number)
  const [first = Number.NaN] = numbers
  if (numbers.some(number => !Number.isFinite(number)) || text.trim() === '')
    throw new RangeError(`${name} is not a number`)
  if (typeof like === 'number' && numbers.length > 1) throw new RangeError(`${name} is one number`)
  return typeof like === 'number' ? first : numbers
}
