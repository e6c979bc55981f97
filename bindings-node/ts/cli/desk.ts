/** Help for one user on the file of a `SqliteStorage`, and moving all its records to a new key. */
import { isTwoFactorError } from '../errors.ts'
import type { Status } from '../status.ts'
import { SqliteStorage } from '../storage/sqlite.ts'
import { TwoFactor } from '../two-factor.ts'
import { type Command, type Given, text } from './command.ts'

const PAGE = 500
const where = {
  db: { value: 'FILE', required: true, help: 'the file of SqliteStorage' },
  namespace: { value: 'NAME', help: 'as in the application' },
} as const
const actor = { value: 'WHO', required: true, help: "who does it: goes into the user's events" } as const

export const status: Command = {
  name: 'status',
  help: 'show the second factor of a user',
  operands: ['USER'],
  options: { ...where, json: { help: 'for programs' } },
  async run(given) {
    const found = await open(given).twoFactor.status(given.operands[0] ?? '')
    console.log(given.options['json'] === true ? JSON.stringify(found.body(), null, 2) : described(found).join('\n'))
    return 0
  },
}

export const reset: Command = {
  name: 'reset',
  help: 'wipe the second factor of a user whose identity was checked',
  operands: ['USER'],
  options: { ...where, actor, reason: { value: 'WHY', required: true, help: "goes into the user's events" } },
  async run(given) {
    const because = { actor: text(given, 'actor'), reason: text(given, 'reason') }
    await open(given).twoFactor.reset(given.operands[0] ?? '', because)
    console.log('the second factor is wiped; the user can enroll again')
    return 0
  },
}

export const unlock: Command = {
  name: 'unlock',
  help: 'forgive the wrong codes of a user',
  operands: ['USER'],
  options: { ...where, actor },
  async run(given) {
    await open(given).twoFactor.unlock(given.operands[0] ?? '', { actor: text(given, 'actor') })
    console.log('wrong codes are forgiven')
    return 0
  },
}

export const reseal: Command = {
  name: 'reseal',
  help: 'move all records to the active key',
  operands: [],
  options: where,
  async run(given) {
    const { twoFactor, storage } = open(given)
    let [resealed, failed, after] = [0, 0, null as string | null]
    for (;;) {
      const users = await storage.stale(twoFactor.activeKeyId, after, PAGE)
      for (const user of users) {
        const moved = await movedOrFailed(twoFactor, user)
        if (moved === 'failed') failed += 1
        else resealed += Number(moved)
      }
      after = users.at(-1) ?? null
      if (after === null) break
    }
    console.log(`${resealed} records moved to key ${twoFactor.activeKeyId}, ${failed} failed`)
    return failed > 0 ? 1 : 0
  },
}

async function movedOrFailed(twoFactor: TwoFactor, user: string): Promise<boolean | 'failed'> {
  try {
    return await twoFactor.reseal(user)
  } catch (error) {
    if (!isTwoFactorError(error)) throw error
    console.error(`twinlock: a record was left as it is: ${error.message}`)
    return 'failed'
  }
}

function open(given: Given): { twoFactor: TwoFactor; storage: SqliteStorage } {
  const storage = new SqliteStorage(text(given, 'db'), { create: false })
  // The issuer stands only in new enrollments, which this command does not make.
  return { storage, twoFactor: new TwoFactor({ issuer: 'twinlock', storage, namespace: text(given, 'namespace') }) }
}

function described(status: Status): string[] {
  const { backupCodes, throttle } = status
  const lines = [`two-factor authentication: ${status.enabled ? 'on' : 'off'}`]
  for (const { id, name, lastUsedAt, weak } of status.authenticators) {
    lines.push(`authenticator ${id}: ${name}, last used ${when(lastUsedAt)}${weak ? ', weak secret' : ''}`)
  }
  const saved = backupCodes.saved ? 'saved' : 'not said to be saved'
  lines.push(`backup codes: ${backupCodes.left} of ${backupCodes.total} left, ${saved}`)
  for (const { id, label, lastUsedAt, trusted } of status.devices) {
    lines.push(`device ${id}: ${label || '?'}, last used ${when(lastUsedAt)}${trusted ? ', trusted' : ''}`)
  }
  if (throttle.codesRequired > 1) {
    lines.push('throttle: the budget of single codes is spent; three consecutive codes and backup codes are taken')
  } else if (throttle.retryAfter) {
    lines.push(`throttle: single codes again in ${throttle.retryAfter} s`)
  }
  return lines
}

function when(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return 'never'
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
