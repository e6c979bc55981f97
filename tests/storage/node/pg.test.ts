/** `twinlock/pg` beyond the contract: its own pool, its statements, its names, and what it withstands. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { exampleEvent } from 'twinlock/testing'
import { type PgStorage, type PgStorageOptions, pgStorage } from 'twinlock/pg'
import { open } from './lib/adapters.ts'
import { refusedInTime, worksAgain } from './lib/faults.ts'
import { line } from './lib/line.ts'
import { challenge, KEYS, person } from './lib/people.ts'
import { survivesRestarts } from './lib/restarts.ts'
import { asPostgres, type Server, schema, serve } from './lib/server.ts'

let server: Server
before(async () => {
  const options = {
    shared_preload_libraries: 'pg_stat_statements',
    log_min_duration_statement: 0,
    log_disconnections: 'on',
  }
  server = await serve('postgres', { options })
  await asPostgres(server, host => host.query('CREATE EXTENSION pg_stat_statements'))
})
after(() => server.stop())

const record = (version: number) => ({ version, enabled: true, keyId: 'k1', data: Uint8Array.of(version) })

async function using<T>(
  work: (storage: PgStorage) => Promise<T>,
  options: PgStorageOptions = {},
  database: Parameters<typeof pgStorage>[0] = server.url,
): Promise<T> {
  const storage = pgStorage(database, { timeoutMs: 20_000, ...options })
  try {
    return await work(storage)
  } finally {
    await storage.end()
  }
}

/** What the server counted of the work's statements, without those of this test. */
async function counted(work: () => Promise<unknown>): Promise<{ query: string; calls: number }[]> {
  return asPostgres(server, async host => {
    await host.query('SELECT pg_stat_statements_reset()')
    await work()
    const { rows } = await host.query(
      "SELECT query, calls::int FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY query",
    )
    return rows
  })
}

test('a sign-in step is one read and one statement for record and events', async () => {
  await using(async storage => {
    const ada = await person(storage)
    const fresh = await challenge(ada)
    const statements = await counted(() => ada.twoFactor.verify(fresh, { code: ada.phone.code() }))
    assert.deepEqual(
      statements.map(({ query, calls }) => [query.slice(0, 18), calls]),
      [
        ['SELECT version, en', 1],
        ['WITH saved AS (\n  ', 1],
      ],
    )
    const [, save] = statements
    assert.match(save?.query ?? '', /UPDATE .*INSERT INTO/s)
  })
})

test('Prisma takes six statements for the same, two of them the read and the write of the record', async t => {
  const { storage, close } = await open('prisma-postgresql', server)
  const ada = await person(storage)
  const fresh = await challenge(ada)
  const statements = await counted(() => ada.twoFactor.verify(fresh, { code: ada.phone.code() }))
  await close()
  for (const { query, calls } of statements) t.diagnostic(`${calls} × ${query.replaceAll(/\s+/g, ' ').slice(0, 90)}`)
  assert.equal(statements.filter(({ query }) => query.includes('twinlock_record')).length, 2)
})

test('statements are prepared once per connection, or not at all behind a pooler', async () => {
  // The server notes each parse and bind with the statement's name.
  const noted = (text: string) => readFileSync(server.log, 'utf8').split(text).length - 1
  const loads = async (options: PgStorageOptions) => {
    const before = { parses: noted(' parse twinlock_load'), binds: noted(' bind twinlock_load') }
    await using(
      async storage => {
        for (let times = 0; times < 5; times += 1) await storage.load('prepared')
      },
      { connections: 1, ...options },
    )
    await worksAgain(async () => assert(noted('disconnection') > 0))
    return [noted(' parse twinlock_load') - before.parses, noted(' bind twinlock_load') - before.binds]
  }
  assert.deepEqual(await loads({}), [1, 5])
  assert.deepEqual(await loads({ preparedStatements: false }), [0, 0])
})

test("a pool's settings are used, its password too, and not its connections", async () => {
  const { hostname: host, port, username: user, password, pathname } = new URL(server.url)
  const pool = new pg.Pool({ host, port: Number(port), user, password, database: pathname.slice(1), max: 1 })
  const client = await pool.connect()
  try {
    // The application holds its only connection, in a transaction.
    await client.query('BEGIN')
    await using(
      async storage => {
        assert(await storage.save('own-pool', null, record(1), [exampleEvent({ userId: 'own-pool' })]))
        await client.query('ROLLBACK')
        assert.equal((await storage.load('own-pool'))?.version, 1)
        assert.equal((await storage.events('own-pool', null, 5)).length, 1)
      },
      {},
      pool,
    )
    assert.equal(pool.totalCount, 1)
  } finally {
    client.release()
    await pool.end()
  }
})

test("the host's own parsing of numbers and bytes does not reach our rows", async () => {
  // The copy of node-postgres that the package itself uses.
  const { types } = createRequire(createRequire(import.meta.url).resolve('twinlock/package.json'))('pg') as typeof pg
  const names = [types.builtins.INT8, types.builtins.BOOL, types.builtins.BYTEA, types.builtins.TEXT]
  const usual = names.map(name => types.getTypeParser(name))
  for (const name of names) types.setTypeParser(name, () => 'changed')
  try {
    await using(async storage => {
      assert(await storage.save('parsers', null, record(9_007), []))
      assert.deepEqual({ ...(await storage.load('parsers')) }, { ...record(9_007), data: Buffer.of(9_007) })
    })
  } finally {
    names.forEach((name, index) => types.setTypeParser(name, usual[index] as never))
  }
})

test('tables can have a prefix and a schema of their own', async () => {
  await asPostgres(server, async host => {
    await host.query('CREATE SCHEMA security')
    await host.query(`SET search_path TO security; ${schema('postgres', 'acme_')}`)
  })
  await using(
    async storage => {
      assert(await storage.save('elsewhere', null, record(1), [exampleEvent({ userId: 'elsewhere' })]))
      assert.equal((await storage.load('elsewhere'))?.version, 1)
      assert.deepEqual(await storage.stale('k2', null, 5), ['elsewhere'])
    },
    { prefix: 'acme_', schema: 'security' },
  )
  await using(async storage => assert.equal(await storage.load('elsewhere'), null))
})

for (const options of [{ prefix: 'a"b' }, { schema: 'A' }, { connections: 0 }, { timeoutMs: 1.5 }, { timeoutMs: 50 }]) {
  test(`refuses the setting ${JSON.stringify(options)}`, () => {
    assert.throws(() => pgStorage(server.url, options), { code: 'configuration_error' })
  })
}

test('refuses a single client, which cannot be shared', () => {
  assert.throws(() => pgStorage(new pg.Client(server.url) as never), { code: 'configuration_error' })
})

test('a database whose transactions are serializable loses races instead of failing', async () => {
  const config = { connectionString: server.url, options: '-c default_transaction_isolation=serializable' }
  await using(
    async storage => {
      for (let version = 1; version < 8; version += 1) {
        const expected = version === 1 ? null : version - 1
        const saves = Array.from({ length: 6 }, () =>
          storage.save('serializable', expected, record(version), [exampleEvent({ userId: 'serializable' })]),
        )
        assert.equal((await Promise.all(saves)).filter(Boolean).length, 1)
      }
      assert.equal((await storage.events('serializable', null, 50)).length, 7, 'a lost race leaves no event')
    },
    { connections: 6 },
    config,
  )
})

test('a full pool is refused in time, and sends nothing later', async () => {
  await using(
    async storage => {
      assert(await storage.save('held', null, record(1), []))
      assert(await storage.save('free', null, record(1), []))
      await asPostgres(server, async host => {
        await host.query('BEGIN')
        await host.query("SELECT * FROM twinlock_record WHERE user_id = 'held' FOR UPDATE")
        // The server gives up the first two before we do, the next two take their places.
        const held = [2, 3, 4, 5].map(version => refusedInTime(() => storage.save('held', 1, record(version), [])))
        const waiting = refusedInTime(
          () => storage.save('free', 1, record(2), []),
          ['storage_timeout', 'storage_error'],
        )
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

test('a connection that the server cuts is refused, and the next one works', async () => {
  await using(
    async storage => {
      assert(await storage.save('cut', null, record(1), []))
      const cut = (state: string) =>
        asPostgres(server, host =>
          host.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'twinlock' AND ${state}`,
          ),
        )
      await asPostgres(server, async host => {
        await host.query('BEGIN')
        await host.query("SELECT * FROM twinlock_record WHERE user_id = 'cut' FOR UPDATE")
        const save = refusedInTime(() => storage.save('cut', 1, record(2), []), ['storage_error'])
        await worksAgain(async () => assert((await cut("wait_event_type = 'Lock'")).rowCount))
        await save
        await host.query('ROLLBACK')
      })
      assert(await storage.save('cut', 1, record(3), []))
      await cut('true')
      assert.equal((await worksAgain(() => storage.load('cut')))?.version, 3)
    },
    { connections: 1 },
  )
})

/** What a script of its own prints, with this database. */
async function printed(script: string): Promise<string> {
  const env = { ...process.env, DATABASE_URL: server.url, TWINLOCK_KEYS: KEYS }
  const options = { env, cwd: import.meta.dirname, timeout: 20_000 }
  return (await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], options)).stdout
}

test('the process ends with the script, though nobody closed the storage', async () => {
  const script = `
    import { pgStorage } from 'twinlock/pg'
    const storage = pgStorage(process.env.DATABASE_URL)
    console.log(await storage.load('nobody'))`
  assert.equal(await printed(script), 'null\n')
})

test("the README's snippet runs", async () => {
  const readme = readFileSync(new URL('../../../bindings-node/README.md', import.meta.url), 'utf8')
  const snippet = [...readme.matchAll(/```ts\n(.*?)```/gs)]
    .map(([, code]) => code)
    .find(code => code?.includes('pgStorage('))
  assert.equal(await printed(`${snippet}\nconsole.log((await twoFactor.status('42')).enabled)`), 'false\n')
})

survivesRestarts('pg', () => server)
