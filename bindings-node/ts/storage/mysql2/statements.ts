/** All that the storage ever asks. */
export type Statements = ReturnType<typeof statements>

const EVENT_COLUMNS = 'id, user_id, type, at, success, method, actor, context, detail'

/** The statements for tables with that prefix. Limits are whole numbers of ours, written out: prepared ones may not be numbers. */
export function statements(prefix: string) {
  const records = `${prefix}twinlock_record`
  const events = `${prefix}twinlock_event`
  return {
    load: `SELECT version, enabled, key_id, data FROM ${records} WHERE user_id = ?`,
    create: `INSERT INTO ${records} (version, enabled, key_id, data, user_id) VALUES (?, ?, ?, ?, ?)`,
    replace: `UPDATE ${records} SET version = ?, enabled = ?, key_id = ?, data = ? WHERE user_id = ? AND version = ?`,
    note: (rows: number) =>
      `INSERT INTO ${events} (${EVENT_COLUMNS}) VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
    eraseRecord: `DELETE FROM ${records} WHERE user_id = ?`,
    eraseEvents: `DELETE FROM ${events} WHERE user_id = ?`,
    events: (limit: number) =>
      `SELECT ${EVENT_COLUMNS} FROM ${events} WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ${Math.floor(limit)}`,
    stats: `SELECT
  (SELECT count(*) FROM ${records} WHERE enabled = 1) AS enabled_users,
  (SELECT count(*) FROM ${events} WHERE type = 'enrolled' AND at >= ?) AS enabled_30d,
  (SELECT count(*) FROM ${events} WHERE type IN ('disabled', 'reset') AND at >= ?) AS disabled_30d,
  (SELECT count(*) FROM ${events} WHERE type = 'failed' AND at >= ?) AS failed_30d`,
    keys: `SELECT DISTINCT key_id FROM ${records} WHERE key_id <> ?`,
    sealedBy: (limit: number) =>
      `SELECT user_id FROM ${records} WHERE key_id = ? AND user_id > ? ORDER BY user_id LIMIT ${Math.floor(limit)}`,
    purge: (limit: number) => `DELETE FROM ${events} WHERE at < ? ORDER BY at LIMIT ${Math.floor(limit)}`,
  }
}

/** What each session is told first. Names that only one of the two knows stand in comments that only that one reads. */
export function greeting(timeoutMs: number): readonly string[] {
  const seconds = Math.max(1, Math.floor(timeoutMs / 1000))
  return [
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    `SET SESSION autocommit = 1, sql_mode = 'STRICT_ALL_TABLES', innodb_lock_wait_timeout = ${seconds},
lock_wait_timeout = ${seconds} /*M!100108 , max_statement_time = ${timeoutMs / 1000} */ /*!80000 , max_execution_time = ${timeoutMs} */`,
  ]
}
