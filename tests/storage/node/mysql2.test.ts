/** `twinlock/mysql2` beyond the contract: its own pool, its statements, its sessions, and what it withstands. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import mysql from 'mysql2'
import { exampleEvent } from 'twinlock/testing'
import { type MysqlStorage, type MysqlStorageOptions, mysqlStorage } from 'twinlock/mysql2'
import { open } from './lib/adapters.ts'
import { refusedInTime, worksAgain } from './lib/faults.ts'
import { line } from './lib/line.ts'
import { challenge, person } from './lib/people.ts'
import { survivesRestarts } from './lib/restarts.ts'
import { asMysql, type Server, schema, serve } from './lib/server.ts'

let server: Server
before(async () => {
  server = await serve('mariadb')
  await asMysql(server, host => host.query("SET GLOBAL log_output = 'TABLE'"))
})
after(() => server.stop())

const record = (version: number) => ({ version, enabled: true, keyId: 'k1', data: Uint8Array.of(version) })

async function using<T>(
  work: (storage: MysqlStorage) => Promise<T>,
  options: MysqlStorageOptions = {},
  database: Parameters<typeof mysqlStorage>[0] = server.url,
): Promise<T> {
  const storage = mysqlStorage(database, { timeoutMs: 20_000, ...options })
  try {
    return await work(storage)
  } finally {
    await storage.end()
  }
}

/** What the server was told during the work, by other connections than this one. */
async function heard(work: () => Promise<unknown>): Promise<string[]> {
  return asMysql(server, async host => {
    await host.query('SET GLOBAL general_log = 1')
    try {
      await work()
    } finally {
      await host.query('SET GLOBAL general_log = 0')
    }
    const [rows] = await host.query<mysql.RowDataPacket[]>(
      `SELECT command_type, CONVERT(argument USING utf8mb4) AS argument FROM mysql.general_log
       WHERE thread_id <> CONNECTION_ID() AND command_type IN ('Query', 'Execute') ORDER BY event_time`,
    )
    await host.query('TRUNCATE mysql.general_log')
    return rows.map(({ argument }) => String(argument).replaceAll(/\s+/g, ' ').slice(0, 32))
  })
}

test('a sign-in step is one read, and one transaction of four statements for record and events', async t => {
  await using(
    async storage => {
      const ada = await person(storage)
      const fresh = await challenge(ada)
      const statements = await heard(() => ada.twoFactor.verify(fresh, { code: ada.phone.code() }))
      for (const statement of statements) t.diagnostic(statement)
      const kinds = statements.map(statement => statement.split(' ')[0])
      assert.deepEqual(kinds, ['SELECT', 'START', 'UPDATE', 'INSERT', 'COMMIT'])
    },
    { connections: 1 },
  )
})

test('a save without events is a single statement', async () => {
  await using(async storage => {
    await storage.load('plain')
    const statements = await heard(() => storage.save('plain', null, record(1), []))
    assert.deepEqual(
      statements.map(statement => statement.split(' ')[0]),
      ['INSERT'],
    )
  })
})

test('Prisma takes more for the same, two of them the read and the write of the record', async t => {
  const { storage, close } = await open('prisma-mariadb', server)
  const ada = await person(storage)
  const fresh = await challenge(ada)
  const statements = await heard(() => ada.twoFactor.verify(fresh, { code: ada.phone.code() }))
  await close()
  for (const statement of statements) t.diagnostic(statement)
  assert(statements.length <= 8, `${statements.length} statements`)
})

for (const face of ['callback', 'promise'] as const) {
  test(`a pool's settings are used, by its ${face} face, and not its connections`, async () => {
    const pool = mysql.createPool({
      uri: server.url,
      connectionLimit: 1,
      rowsAsArray: true,
      bigNumberStrings: true,
      supportBigNumbers: true,
    })
    const client = await pool.promise().getConnection()
    const user = `own-pool-${face}`
    try {
      // The application holds its only connection, in a transaction.
      await client.beginTransaction()
      await using(
        async storage => {
          assert(await storage.save(user, null, record(1), [exampleEvent({ userId: user })]))
          await client.rollback()
          assert.equal((await storage.load(user))?.version, 1)
          assert.equal((await storage.events(user, null, 5)).length, 1)
        },
        {},
        face === 'promise' ? pool.promise() : pool,
      )
    } finally {
      client.release()
      await pool.promise().end()
    }
  })
}

test('tables can have a prefix', async () => {
  await asMysql(server, host => host.query(schema('mysql', 'acme_')))
  await using(
    async storage => {
      assert(await storage.save('elsewhere', null, record(1), [exampleEvent({ userId: 'elsewhere' })]))
      assert.deepEqual(await storage.stale('k2', null, 5), ['elsewhere'])
    },
    { prefix: 'acme_' },
  )
  await using(async storage => assert.equal(await storage.load('elsewhere'), null))
})

for (const options of [{ prefix: 'a`b' }, { prefix: 'A' }, { connections: 65 }, { timeoutMs: Number.NaN }]) {
  test(`refuses the setting ${JSON.stringify(options)}`, () => {
    assert.throws(() => mysqlStorage(server.url, options), { code: 'configuration_error' })
  })
}

test('an event that is there already is a fault, not a lost race, and undoes the record', async () => {
  await using(async storage => {
    const event = exampleEvent({ userId: 'twice' })
    assert(await storage.save('twice', null, record(1), [event]))
    await refusedInTime(() => storage.save('twice', 1, record(2), [event]), ['storage_error'])
    assert.equal((await storage.load('twice'))?.version, 1)
  })
})

test('what does not fit is refused, never cut, on a lax server too', async () => {
  await asMysql(server, host => host.query("SET GLOBAL sql_mode = ''"))
  await using(async storage => {
    await refusedInTime(() => storage.save('x'.repeat(256), null, record(1), []), ['storage_error'])
    assert.equal(await storage.load('x'.repeat(255)), null)
  })
})

test('a full pool is refused in time, and sends nothing later', async () => {
  await using(
    async storage => {
      assert(await storage.save('held', null, record(1), []))
      assert(await storage.save('free', null, record(1), []))
      await asMysql(server, async host => {
        await host.query('START TRANSACTION')
        await host.query("SELECT * FROM twinlock_record WHERE user_id = 'held' FOR UPDATE")
        // The server gives up the first two before we do, the next two take their places.
        const held = [2, 3, 4, 5].map(version =>
          refusedInTime(() => storage.save('held', 1, record(version), [exampleEvent()])),
        )
        const waiting = refusedInTime(() => storage.save('free', 1, record(2), []), ['storage_timeout'])
        await Promise.all([...held, waiting])
        await sleep(1_200)
        await host.query('ROLLBACK')
      })
      assert.equal((await worksAgain(() => storage.load('free')))?.version, 1, 'nobody waited for it any more')
      assert.equal((await storage.load('held'))?.version, 1, 'the server gave up as well')
    },
    { connections: 2, timeoutMs: 1_500 },
  )
})

test('a connection that went dead does not stand in the way of the next call', async () => {
  const dead = await line(server)
  try {
    await using(
      async storage => {
        assert.equal(await storage.load('nobody'), null)
        dead.cut()
        await refusedInTime(() => storage.load('nobody'), ['storage_timeout'])
        assert.equal(await storage.load('nobody'), null)
      },
      { connections: 1, timeoutMs: 1_500 },
      dead.url,
    )
  } finally {
    dead.close()
  }
})

test("what a URL says about rows is the application's", async () => {
  await using(
    async storage => {
      assert(await storage.save('by-url', null, record(1), [exampleEvent({ userId: 'by-url' })]))
      assert.equal((await storage.load('by-url'))?.version, 1)
      assert.equal((await storage.events('by-url', null, 5)).length, 1)
    },
    {},
    `${server.url}?rowsAsArray=true&supportBigNumbers=true&bigNumberStrings=true&nestTables=true&dateStrings=true`,
  )
})

test('a connection that the server cuts is refused, and the next one works', async () => {
  await using(
    async storage => {
      assert(await storage.save('cut', null, record(1), []))
      await asMysql(server, async host => {
        const [rows] = await host.query<mysql.RowDataPacket[]>(
          'SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()',
        )
        const others = rows.map(({ id }) => Number(id))
        await host.query('START TRANSACTION')
        await host.query("SELECT * FROM twinlock_record WHERE user_id = 'cut' FOR UPDATE")
        const save = refusedInTime(() => storage.save('cut', 1, record(2), []), ['storage_error'])
        await Promise.all(others.map(id => host.query(`KILL ${id}`).catch(() => {})))
        await save
        await host.query('ROLLBACK')
      })
      assert(await storage.save('cut', 1, record(3), []))
      assert.equal((await storage.load('cut'))?.version, 3)
    },
    { connections: 1 },
  )
})

test('the process ends with the script, though nobody closed the storage', async () => {
  const script = `
    import { mysqlStorage } from 'twinlock/mysql2'
    const storage = mysqlStorage(process.env.URL)
    console.log(await storage.load('nobody'))`
  const options = { env: { ...process.env, URL: server.url }, cwd: import.meta.dirname, timeout: 8_000 }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], options)
  assert.equal(stdout, 'null\n')
})

survivesRestarts('mysql2', () => server)
