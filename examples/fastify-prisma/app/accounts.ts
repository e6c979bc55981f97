/** The accounts themselves: making, finding, checking, closing them. */
import { Prisma, type PrismaClient, type User } from './generated/client.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import { malformed, Problem } from './problems.ts'

export type { User } from './generated/client.ts'

/** What somebody registers with. */
export interface Registration {
  readonly username: string
  readonly email: string
  readonly password: string
}

// No `@`, so a user name is never somebody's e-mail address.
const USERNAME = /^[\p{L}\p{N}_.-]{3,32}$/u
// Only a letter sent there proves an address; this keeps out what cannot be one.
const EMAIL = /^[^@\s\p{Cc}]{1,64}@[^@\s\p{Cc}.]+(\.[^@\s\p{Cc}.]+)*$/u
const AT_MOST = 50
/** Prisma's words for: such a row is there already. */
const DUPLICATE = 'P2002'

/** The form in which names and addresses are compared. */
export function fold(name: string): string {
  return name.trim().normalize('NFKC').toUpperCase().toLowerCase()
}

/** Whether the user may see the admin page, and must have a second factor. */
export function isAdmin({ role }: User): boolean {
  return role === 'admin'
}

/** What the authenticator app shows beside the issuer; Twinlock takes up to 128 bytes. */
export function accountName({ email, username }: User): string {
  return Buffer.byteLength(email) <= 128 ? email : username
}

/** The accounts in one database. */
export class Accounts {
  readonly #prisma: PrismaClient
  readonly #clock: () => number

  /** @param clock - Unix seconds */
  constructor(prisma: PrismaClient, clock: () => number) {
    this.#prisma = prisma
    this.#clock = clock
  }

  /**
   * A new account.
   * @throws Problem `malformed_request`, `username_taken` or `email_taken`
   */
  async create(given: Registration): Promise<User> {
    const username = given.username.trim().normalize('NFKC')
    const email = given.email.trim()
    if (!USERNAME.test(username)) throw malformed('username', '3 to 32 letters, digits, dots, dashes or underscores')
    if (!EMAIL.test(email)) throw malformed('email', 'an e-mail address such as ada@example.com')
    const keys = { usernameKey: fold(username), emailKey: fold(email) }
    const passwordHash = await hashPassword(given.password)
    try {
      return await this.#prisma.user.create({
        data: { username, email, ...keys, passwordHash, createdAt: this.#now() },
      })
    } catch (error) {
      if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== DUPLICATE) throw error
      const taken = await this.#prisma.user.count({ where: { usernameKey: keys.usernameKey } })
      throw new Problem(taken > 0 ? 'username_taken' : 'email_taken')
    }
  }

  /** The account of that id, unless it is closed. */
  byId(id: string): Promise<User | null> {
    return this.#prisma.user.findUnique({ where: { id, closedAt: null } })
  }

  /** The account of a user name or an e-mail address. */
  byName(name: string): Promise<User | null> {
    const key = fold(name)
    return this.#prisma.user.findFirst({ where: { OR: [{ usernameKey: key }, { emailKey: key }], closedAt: null } })
  }

  /** The user if the password is right. */
  async authenticate(name: string, password: string): Promise<User | null> {
    const user = await this.byName(name)
    return (await checkPassword(password, user?.passwordHash)) ? user : null
  }

  /** Stores a new password. */
  async changePassword(id: string, password: string): Promise<void> {
    await this.#prisma.user.update({ where: { id }, data: { passwordHash: await hashPassword(password) } })
  }

  /** From now on nobody signs in to the account; `remove` finishes. */
  async close(id: string): Promise<void> {
    await this.#prisma.user.update({ where: { id }, data: { closedAt: this.#now() } })
  }

  /** Deletes a closed account. */
  async remove(id: string): Promise<void> {
    await this.#prisma.user.deleteMany({ where: { id, closedAt: { not: null } } })
  }

  /** Ids of accounts whose deletion was begun and not finished. */
  async closed(): Promise<string[]> {
    const found = await this.#prisma.user.findMany({ where: { closedAt: { not: null } }, select: { id: true } })
    return found.map(({ id }) => id)
  }

  /** How many accounts there are. */
  count(): Promise<number> {
    return this.#prisma.user.count({ where: { closedAt: null } })
  }

  /** Accounts whose name or address contains the text, oldest first, at most 50. */
  async search(text: string): Promise<User[]> {
    const key = fold(text)
    // Prisma's `contains` takes % and _ for wildcards.
    const found = await this.#prisma.$queryRaw<{ id: string }[]>`
      SELECT id FROM users WHERE closed_at IS NULL AND (instr(username_key, ${key}) OR instr(email_key, ${key}))
      ORDER BY created_at, id LIMIT ${AT_MOST}`
    const ids = found.map(({ id }) => id)
    return this.#prisma.user.findMany({ where: { id: { in: ids } }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
  }

  /** Gives an account the role `admin`; false if there is no such account. */
  async makeAdmin(name: string): Promise<boolean> {
    const user = await this.byName(name)
    if (user) await this.#prisma.user.update({ where: { id: user.id }, data: { role: 'admin' } })
    return user !== null
  }

  #now(): Date {
    return new Date(this.#clock() * 1000)
  }
}
