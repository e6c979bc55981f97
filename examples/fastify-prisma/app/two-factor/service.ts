/** The second factor as a service of this application: the engine on our database, its log, its figures. */
import type { FastifyBaseLogger } from 'fastify'
import { TwoFactor, type TwoFactorEvent } from 'twinlock'
import { prismaStorage } from 'twinlock/prisma'
import type { Accounts } from '../accounts.ts'
import type { PrismaClient } from '../generated/client.ts'
import type { Settings } from '../settings.ts'

/** What the admin page shows. */
export interface Figures {
  readonly users: number
  readonly users_with_2fa: number
  readonly enabled_30d: number
  readonly disabled_30d: number
  readonly failed_30d: number
}

/** A line of a user's audit log. */
export interface AuditEntry {
  readonly id: string
  /** ISO 8601. */
  readonly at: string
  readonly type: string
  readonly success: boolean
  readonly method: string | null
  /** Who acted, where it was not the user: an administrator's id. */
  readonly actor: string | null
  /** Where it came from: address and browser. */
  readonly context: string | null
}

/** A page of it, newest first; `next_cursor` asks for the next one. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[]
  readonly next_cursor: string | null
}

/** What the service is made of. */
export interface ServiceParts {
  readonly settings: Settings
  readonly prisma: PrismaClient
  readonly accounts: Accounts
  /** Unix seconds. */
  readonly clock: () => number
  readonly log: FastifyBaseLogger
}

/** One per application. */
export class TwoFactorService {
  /** Twinlock itself: what `twinlock/fastify` is given. */
  readonly engine: TwoFactor
  readonly #accounts: Accounts
  readonly #log: FastifyBaseLogger

  constructor({ settings, prisma, accounts, clock, log }: ServiceParts) {
    this.#accounts = accounts
    this.#log = log
    this.engine = new TwoFactor({
      issuer: settings.development ? 'Twinlock Demo' : 'Twinlock Example',
      // Never await the engine inside a $transaction of ours: it would wait for the connection that we hold.
      storage: prismaStorage(prisma),
      keys: settings.twinlockKeys,
      policy: settings.policy,
      clock,
      onEvent: (event, durable) => this.#tell(event, durable),
    })
  }

  /** The five figures. */
  async figures(): Promise<Figures> {
    const [users, stats] = await Promise.all([this.#accounts.count(), this.engine.stats()])
    return {
      users,
      users_with_2fa: stats.enabledUsers,
      enabled_30d: stats.enabled30d,
      disabled_30d: stats.disabled30d,
      failed_30d: stats.failed30d,
    }
  }

  /**
   * What happened to a user's second factor, page by page.
   * @param cursor - of the page before
   * @param limit - 1 to 200
   */
  async auditLog(userId: string, { cursor, limit }: { cursor: string | undefined; limit: number }): Promise<AuditPage> {
    const { events, nextCursor = null } = await this.engine.events(userId, {
      ...(cursor !== undefined && { cursor }),
      limit,
    })
    return { entries: events.map(entryOf), next_cursor: nextCursor }
  }

  /** Twinlock's events hold no code, secret or token; a context (address, browser) stays in the database. */
  #tell({ type, userId, success, method, actor }: TwoFactorEvent, durable: boolean): void {
    const alarming = type === 'attack_suspected' || type === 'hardened'
    this.#log[alarming ? 'warn' : 'info']({ audit: type, userId, success, method, actor, durable }, 'two-factor event')
  }
}

function entryOf({ id, at, type, success, method, actor, context }: TwoFactorEvent): AuditEntry {
  return { id, at: new Date(at * 1000).toISOString(), type, success, method, actor, context }
}
