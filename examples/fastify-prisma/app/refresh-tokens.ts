/**
 * Refresh tokens: opaque, 30 days, each works once.
 *
 * A *family* is one sign-in and everything that came of it by rotation. When a used token comes back, two parties hold it, one of
 * them a thief, and the whole family ends.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Claims, Proof } from './access-tokens.ts'
import type { Prisma, PrismaClient, RefreshToken } from './generated/client.ts'
import type { Settings } from './settings.ts'

/** What a sign-in or a rotation gives: the makings of an access token, and the next refresh token. */
export interface Issued {
  readonly userId: string
  readonly family: string
  readonly proof: Proof
  readonly refresh: string
}

type Tables = Prisma.TransactionClient

/** The refresh tokens in one database, and which sign-ins are over. */
export class RefreshTokens {
  readonly #prisma: PrismaClient
  readonly #settings: Settings
  readonly #clock: () => number

  /** @param clock - Unix seconds */
  constructor(prisma: PrismaClient, settings: Settings, clock: () => number) {
    this.#prisma = prisma
    this.#settings = settings
    this.#clock = clock
  }

  /** Begins a family: somebody has just signed in. */
  async issue(userId: string, proof: Proof): Promise<Issued> {
    return this.#add(this.#prisma, userId, randomUUID(), proof)
  }

  /** The successor of a refresh token, which is used up; none for one that is not good. One that comes back ends its family. */
  async rotate(refresh: string): Promise<Issued | null> {
    const tokenHash = hash(refresh)
    return this.#prisma.$transaction(async tables => {
      const { count } = await tables.refreshToken.updateMany({
        where: { tokenHash, usedAt: null, expiresAt: { gt: this.#at() } },
        data: { usedAt: this.#at() },
      })
      const row = await tables.refreshToken.findUnique({ where: { tokenHash } })
      if (row === null) return null
      if (count === 1) return this.#add(tables, row.userId, row.family, proofOf(row))
      if (row.usedAt !== null) await this.#end(tables, [row.family])
      return null
    })
  }

  /** Lets the family's next access tokens carry a fresh proof. */
  async prove(family: string, proof: Proof): Promise<void> {
    await this.#prisma.refreshToken.updateMany({ where: { family }, data: columnsOf(proof) })
  }

  /** Signs out: the refresh tokens of the sign-in are deleted, its access tokens are good for nothing. */
  async endFamily(refresh: string | undefined, claims: Claims | undefined): Promise<void> {
    await this.#prisma.$transaction(async tables => {
      const row =
        refresh === undefined ? null : await tables.refreshToken.findUnique({ where: { tokenHash: hash(refresh) } })
      const families = [claims?.family, row?.family].filter(family => family !== undefined)
      await this.#end(tables, families)
    })
  }

  /** Ends every family of the user but one; or only those that never proved a second factor. */
  async endOthers(
    userId: string,
    { keep, unprovenOnly = false }: { keep?: string; unprovenOnly?: boolean } = {},
  ): Promise<void> {
    await this.#prisma.$transaction(async tables => {
      const rows = await tables.refreshToken.findMany({
        where: { userId, ...(keep !== undefined && { family: { not: keep } }), ...(unprovenOnly && { tfa: null }) },
        distinct: ['family'],
        select: { family: true },
      })
      await this.#end(
        tables,
        rows.map(({ family }) => family),
      )
    })
  }

  /** Whether the sign-in that the access token came of was ended. */
  async isEnded({ family }: Claims): Promise<boolean> {
    return (await this.#prisma.endedFamily.count({ where: { family } })) > 0
  }

  /** Drops what has expired. */
  async purge(): Promise<void> {
    const where = { expiresAt: { lte: this.#at() } }
    await this.#prisma.refreshToken.deleteMany({ where })
    await this.#prisma.endedFamily.deleteMany({ where })
  }

  async #add(tables: Tables, userId: string, family: string, proof: Proof): Promise<Issued> {
    const refresh = randomBytes(32).toString('base64url')
    const expiresAt = this.#at(this.#settings.refreshSeconds)
    await tables.refreshToken.create({
      data: { tokenHash: hash(refresh), family, userId, ...columnsOf(proof), expiresAt },
    })
    return { userId, family, proof, refresh }
  }

  async #end(tables: Tables, families: readonly string[]): Promise<void> {
    // Remembered until the last of its access tokens has expired.
    const expiresAt = this.#at(this.#settings.accessSeconds)
    for (const family of families) {
      await tables.endedFamily.upsert({ where: { family }, create: { family, expiresAt }, update: { expiresAt } })
    }
    await tables.refreshToken.deleteMany({ where: { family: { in: [...families] } } })
  }

  #at(secondsFromNow = 0): Date {
    return new Date((this.#clock() + secondsFromNow) * 1000)
  }
}

function proofOf({ amr, tfa }: RefreshToken): Proof {
  return { amr: amr.split(' '), ...(tfa !== null && { tfa }) }
}

function columnsOf({ amr, tfa }: Proof): { amr: string; tfa: string | null } {
  return { amr: amr.join(' '), tfa: tfa ?? null }
}

// 256 random bits need no slow hash.
function hash(refresh: string): string {
  return createHash('sha256').update(refresh).digest('hex')
}
