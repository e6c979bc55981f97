import { Policy } from '../policy.ts'
import { type Command, type Given, text, WrongUse } from './command.ts'

const BOUND = 1e-4

export const policy: Command = {
  name: 'policy',
  help: 'show the bound of a policy and what it means; settings as in `new Policy`, e.g. digits=8 window=0',
  operands: ['NAME=VALUE...'],
  options: {
    'fixed-lockout': { value: 'ATTEMPTS/MINUTES', help: 'a fixed lockout, e.g. 5/15' },
    json: { help: 'for programs' },
  },
  run(given) {
    const settings = settingsOf(given)
    // Shown even when it breaks the bound: that is what one wants to know here.
    const shown = new Policy({ ...settings, acceptRisk: true })
    const bound = shown.yearlyGuessProbability()
    console.log(given.options['json'] === true ? asJson(shown, settings, bound) : inWords(shown, bound))
    return 0
  },
}

function asJson(shown: Policy, given: Record<string, unknown>, bound: number): string {
  const settings = { ...shown.settings, acceptRisk: given['acceptRisk'] ?? false }
  return JSON.stringify({ yearlyGuessProbability: bound, withinBound: bound <= BOUND, settings }, null, 2)
}

function inWords({ settings }: Policy, bound: number): string {
  const whole = (number: number) => Math.round(number).toLocaleString('en')
  const tries = settings.budget + 365.25 / settings.budgetReturnDays
  return [
    `yearly guess probability: ${bound.toExponential(2)}, at most 1 in ${whole(1 / bound)} accounts a year`,
    '',
    "Somebody who knows the password of an account, has none of the user's devices and tries all year gets",
    `past the second factor with at most this probability: up to ${tries.toFixed(1)} single codes are evaluated, and`,
    `three consecutive codes are tried ${whole(settings.floodRate)} times a second.`,
    '',
    bound <= BOUND
      ? 'This is within the bound of 1e-4 that Twinlock keeps.'
      : 'This is above the bound of 1e-4: TwoFactor takes it only with acceptRisk: true.',
  ].join('\n')
}

function settingsOf(given: Given): Record<string, unknown> {
  const settings: Record<string, unknown> = given.options['fixed-lockout'] === undefined ? {} : fixedLockout(given)
  for (const assignment of given.operands) {
    const [name = '', ...value] = assignment.split('=')
    settings[name] = read(value.join('='))
  }
  return settings
}

function fixedLockout(given: Given): Record<string, unknown> {
  const [attempts, minutes] = text(given, 'fixed-lockout').split('/').map(Number)
  if (!attempts || !minutes) throw new WrongUse('--fixed-lockout is ATTEMPTS/MINUTES, e.g. 5/15')
  const { acceptRisk: _, ...settings } = Policy.fixedLockout({ attempts, minutes, acceptRisk: true }).settings
  return settings
}

function read(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
