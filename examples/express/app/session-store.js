/** Sessions in the application's database: they survive a restart, and all of one user's can be ended at once. */
import { createHash } from 'node:crypto'
import { Store } from 'express-session'

// For sessions that last until the browser is closed: nobody closes browsers any more.
const IDLE_SECONDS = 8 * 3600

/** @typedef {import('express-session').SessionData} SessionData */

/**
 * A store of express-session. Ids are kept as hashes, so a copy of the file signs nobody in.
 *
 * INVARIANT: an ended session never comes back. A request that was under way when it ended saves it once more at its end; its row
 * therefore stays, marked, until it would have expired.
 */
export class SessionStore extends Store {
  #db
  #clock

  /** @param {import('./database.js').Db} db @param {() => number} clock Unix seconds */
  constructor(db, clock) {
    super()
    this.#db = db
    this.#clock = clock
  }

  /** @param {string} id @param {(error: unknown, session?: SessionData | null) => void} done */
  get(id, done) {
    answer(done, () => {
      const found = this.#db
        .prepare('SELECT data FROM sessions WHERE id_hash = ? AND ended = 0 AND expires_at > ?')
        .get(hash(id), this.#now())
      return found ? JSON.parse(/** @type {{ data: string }} */ (found).data) : null
    })
  }

  /** @param {string} id @param {SessionData} session @param {(error?: unknown) => void} [done] */
  set(id, session, done) {
    const { userId = null, proven = false } = session
    answer(done, () =>
      this.#db
        .prepare(
          `INSERT INTO sessions (id_hash, user_id, proven, data, expires_at) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (id_hash) DO UPDATE SET user_id = excluded.user_id, proven = excluded.proven, data = excluded.data,
             expires_at = excluded.expires_at WHERE ended = 0`,
        )
        .run(hash(id), userId, Number(proven), JSON.stringify(session), this.#expiry(session)),
    )
  }

  /** @param {string} id @param {SessionData} session @param {() => void} [done] */
  touch(id, session, done) {
    answer(done, () =>
      this.#db
        .prepare('UPDATE sessions SET expires_at = ? WHERE id_hash = ? AND ended = 0')
        .run(this.#expiry(session), hash(id)),
    )
  }

  /** @param {string} id @param {(error?: unknown) => void} [done] */
  destroy(id, done) {
    answer(done, () => this.#db.prepare("UPDATE sessions SET ended = 1, data = '' WHERE id_hash = ?").run(hash(id)))
  }

  /**
   * Ends the sessions of a user, all but one.
   * @param {string} userId
   * @param {{ keep?: string, unprovenOnly?: boolean }} [which] `keep`: the id of the one that goes on; `unprovenOnly`: only those in
   * which no second factor was proved
   */
  endAll(userId, { keep = '', unprovenOnly = false } = {}) {
    this.#db
      .prepare("UPDATE sessions SET ended = 1, data = '' WHERE user_id = ? AND id_hash <> ? AND proven <= ?")
      .run(userId, hash(keep), unprovenOnly ? 0 : 1)
  }

  /** Drops what has expired. */
  purge() {
    this.#db.prepare('DELETE FROM sessions WHERE expires_at <= ?').run(this.#now())
  }

  #now() {
    return Math.floor(this.#clock())
  }

  /** @param {SessionData} session */
  #expiry({ cookie }) {
    return this.#now() + (cookie.originalMaxAge ? Math.floor(cookie.originalMaxAge / 1000) : IDLE_SECONDS)
  }
}

/** @param {string} id */
function hash(id) {
  // 192 random bits need no slow hash.
  return createHash('sha256').update(id).digest('hex')
}

/**
 * @template T
 * @param {((error: unknown, result?: T) => void) | undefined} done
 * @param {() => T} query
 */
function answer(done, query) {
  let result
  try {
    result = query()
  } catch (error) {
    return done?.(error)
  }
  done?.(null, result)
}
