/** One statement: its name, under which a connection prepares it, and its text. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** All that the storage ever asks. */
export type Statements = ReturnType<typeof statements>

const EVENT_COLUMNS = 'id, user_id, type, at, success, method, actor, context, detail'

/** The events of a save: one array for each column, `$6` to `$14`. They are written only if the record was. */
const noted = (events: string) => `noted AS (
  INSERT INTO ${events} (${EVENT_COLUMNS})
  SELECT * FROM unnest($6::bytea[], $7::text[], $8::text[], $9::bigint[], $10::boolean[], $11::text[], $12::text[], $13::text[], $14::text[])
  WHERE EXISTS (SELECT FROM saved)
)
SELECT count(*) AS saved FROM saved`

/**
 * The statements for tables with that prefix, in that schema. All run at READ COMMITTED, where an update that waited for another
 * one looks at the row again, and so sees that the version is gone.
 */
export function statements(prefix: string, schema: string) {
  const place = schema === '' ? '' : `"${schema}".`
  const records = `${place}"${prefix}twinlock_record"`
  const events = `${place}"${prefix}twinlock_event"`
  const statement = (name: string, text: string): Statement => ({ name: `twinlock_${name}`, text })
  return {
    // Hexadecimal, whatever the server's bytea_output is.
    load: statement(
      'load',
      `SELECT version, enabled, key_id, encode(data, 'hex') AS data FROM ${records} WHERE user_id = $1`,
    ),
    create: statement(
      'create',
      `WITH saved AS (
  INSERT INTO ${records} (user_id, version, enabled, key_id, data) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (user_id) DO NOTHING RETURNING 1
), ${noted(events)}`,
    ),
    replace: statement(
      'replace',
      `WITH saved AS (
  UPDATE ${records} SET version = $2, enabled = $3, key_id = $4, data = $5
  WHERE user_id = $1 AND version = $15::bigint RETURNING 1
), ${noted(events)}`,
    ),
    eraseRecord: statement('erase_record', `DELETE FROM ${records} WHERE user_id = $1`),
    eraseEvents: statement('erase_events', `DELETE FROM ${events} WHERE user_id = $1`),
    events: statement(
      'events',
      `SELECT encode(id, 'hex') AS id, user_id, type, at, success, method, actor, context, detail FROM ${events}
WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
    ),
    stats: statement(
      'stats',
      `SELECT
  (SELECT count(*) FROM ${records} WHERE enabled) AS enabled_users,
  (SELECT count(*) FROM ${events} WHERE type = 'enrolled' AND at >= $1) AS enabled_30d,
  (SELECT count(*) FROM ${events} WHERE type IN ('disabled', 'reset') AND at >= $1) AS disabled_30d,
  (SELECT count(*) FROM ${events} WHERE type = 'failed' AND at >= $1) AS failed_30d`,
    ),
    // Keys are few, so going from key to key costs what is told, not what is stored.
    stale: statement(
      'stale',
      `WITH RECURSIVE keys (key_id) AS (
  (SELECT key_id FROM ${records} ORDER BY key_id LIMIT 1)
  UNION ALL
  SELECT (SELECT r.key_id FROM ${records} r WHERE r.key_id > keys.key_id ORDER BY r.key_id LIMIT 1)
  FROM keys WHERE keys.key_id IS NOT NULL
)
SELECT found.user_id FROM keys CROSS JOIN LATERAL (
  SELECT r.user_id FROM ${records} r WHERE r.key_id = keys.key_id AND r.user_id > $2 ORDER BY r.user_id LIMIT $3
) found
WHERE keys.key_id <> $1 ORDER BY found.user_id LIMIT $3`,
    ),
    purge: statement(
      'purge',
      `WITH gone AS (
  DELETE FROM ${events} WHERE id IN (SELECT id FROM ${events} WHERE at < $1 ORDER BY at LIMIT $2) RETURNING 1
)
SELECT count(*) AS gone FROM gone`,
    ),
  }
}
