/** The accounts themselves: making, finding, checking, closing them. */
import { randomUUID } from 'node:crypto'
import { checkPassword, hashPassword } from './passwords.js'
import { Problem } from './problems.js'

/**
 * @typedef {object} User
 * @property {string} id never changes and never comes back
 * @property {string} username
 * @property {string} email
 * @property {string} passwordHash
 * @property {string} role `user` or `admin`
 */

const COLUMNS = 'id, username, email, password_hash, role'
const AT_MOST = 50

/**
 * The form in which names and addresses are compared.
 * @param {string} name
 */
export function fold(name) {
  return name.trim().normalize('NFKC').toUpperCase().toLowerCase()
}

/** The accounts in one database. */
export class Accounts {
  #db
  #clock

  /** @param {import('./database.js').Db} db @param {() => number} clock Unix seconds */
  constructor(db, clock) {
    this.#db = db
    this.#clock = clock
  }

  /**
   * A new account.
   * @param {{ username: string, email: string, password: string }} given
   * @returns {Promise<{ id: string, username: string }>}
   * @throws {Problem} `username_taken` or `email_taken`
   */
  async create({ username, email, password }) {
    const id = randomUUID()
    const passwordHash = await hashPassword(password)
    const { changes } = this.#db
      .prepare(
        `INSERT INTO users (id, username, username_key, email, email_key, password_hash, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(id, username, fold(username), email, fold(email), passwordHash, this.#now())
    if (changes === 1) return { id, username }
    const taken = this.#db.prepare('SELECT 1 FROM users WHERE username_key = ?').get(fold(username))
    throw new Problem(taken ? 'username_taken' : 'email_taken')
  }

  /**
   * The account of that id, unless it is closed.
   * @param {string} id
   */
  byId(id) {
    return userOf(this.#db.prepare(`SELECT ${COLUMNS} FROM users WHERE id = ? AND closed_at IS NULL`).get(id))
  }

  /**
   * The account of a user name or an e-mail address. A user name has no `@`, so it is never somebody's address.
   * @param {string} name
   */
  byName(name) {
    const key = fold(name)
    return userOf(
      this.#db
        .prepare(`SELECT ${COLUMNS} FROM users WHERE (username_key = ? OR email_key = ?) AND closed_at IS NULL`)
        .get(key, key),
    )
  }

  /**
   * The user if the password is right.
   * @param {string} name
   * @param {string} password
   */
  async authenticate(name, password) {
    const user = this.byName(name)
    return (await checkPassword(password, user?.passwordHash)) ? user : undefined
  }

  /** @param {User} user @param {string} password */
  async changePassword(user, password) {
    this.#db.prepare('UPDATE users SET password_hash = ? WHERE id = ?').run(await hashPassword(password), user.id)
  }

  /**
   * From now on nobody signs in to the account; `remove` finishes.
   * @param {string} id
   */
  close(id) {
    this.#db.prepare('UPDATE users SET closed_at = ? WHERE id = ?').run(this.#now(), id)
  }

  /**
   * Deletes a closed account.
   * @param {string} id
   */
  remove(id) {
    this.#db.prepare('DELETE FROM users WHERE id = ? AND closed_at IS NOT NULL').run(id)
  }

  /** Ids of accounts whose deletion was begun and not finished. */
  closed() {
    const rows = this.#db.prepare('SELECT id FROM users WHERE closed_at IS NOT NULL').all()
    return rows.map(row => /** @type {{ id: string }} */ (row).id)
  }

  /** How many accounts there are. */
  count() {
    const row = this.#db.prepare('SELECT count(*) AS users FROM users WHERE closed_at IS NULL').get()
    return /** @type {{ users: number }} */ (row).users
  }

  /**
   * Accounts whose name or address contains the text, oldest first.
   * @param {string} text
   */
  search(text) {
    const key = fold(text)
    const rows = this.#db
      .prepare(
        `SELECT ${COLUMNS} FROM users WHERE closed_at IS NULL AND (instr(username_key, ?) OR instr(email_key, ?))
         ORDER BY created_at, id LIMIT ?`,
      )
      .all(key, key, AT_MOST)
    return rows.flatMap(row => userOf(row) ?? [])
  }

  /**
   * Gives an account the role `admin`; false if there is no such account.
   * @param {string} name
   */
  makeAdmin(name) {
    const user = this.byName(name)
    if (user) this.#db.prepare("UPDATE users SET role = 'admin' WHERE id = ?").run(user.id)
    return user !== undefined
  }

  #now() {
    return Math.floor(this.#clock())
  }
}

/**
 * @param {unknown} row
 * @returns {User | undefined}
 */
function userOf(row) {
  if (!row) return undefined
  const { id, username, email, password_hash: passwordHash, role } = /** @type {Record<string, string>} */ (row)
  return /** @type {User} */ ({ id, username, email, passwordHash, role })
}
