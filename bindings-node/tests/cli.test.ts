/** The command `twinlock`, as an operator types it: the built one, in a process of its own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { KeyRing, SqliteStorage, TwoFactor } from 'twinlock'
import { enroll } from 'twinlock/testing'

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const URI = `otpauth://totp/Acme:ada?secret=${SECRET}`
const BIN = fileURLToPath(new URL('../dist/cli/index.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'twinlock-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Answer {
  status: number | null
  out: string
  err: string
}

function twinlock(words: string[], { keys = '', input = '' } = {}): Answer {
  const { TWINLOCK_KEYS: _, TWINLOCK_KEYS_FILE: __, ...env } = process.env
  const given = keys === '' ? env : { ...env, TWINLOCK_KEYS: keys }
  const ran = spawnSync(process.execPath, [BIN, ...words], { env: given, input, encoding: 'utf8', timeout: 60_000 })
  return { status: ran.status, out: ran.stdout, err: ran.stderr }
}

/** A file with three users; `eve` has been guessed at. */
async function filled(name: string, keys: KeyRing): Promise<string> {
  const path = join(folder, name)
  const storage = new SqliteStorage(path)
  const earlier = () => Date.now() / 1000 - 600
  const before = new TwoFactor({ issuer: 'Acme', storage, keys, clock: earlier })
  await enroll(before, 'ada', earlier)
  await enroll(before, 'bob', earlier)
  const { phone } = await enroll(before, 'eve', earlier)
  const now = new TwoFactor({ issuer: 'Acme', storage, keys })
  for (const _ of [1, 2, 3, 4]) {
    const { challenge } = await now.afterFirstFactor('eve')
    await assert.rejects(now.verify(challenge ?? '', { code: phone.wrongCode() }), { code: 'invalid_code' })
  }
  return path
}

describe('keygen', () => {
  test('prints a key that can be used', () => {
    const { status, out, err } = twinlock(['keygen'])
    assert.deepEqual([status, err], [0, ''])
    assert.equal(KeyRing.fromText(out).activeId, `${new Date().getUTCFullYear()}a`)
    assert.notEqual(twinlock(['keygen']).out, out)
  })

  test('takes an id, and no other than an id', () => {
    assert.equal(KeyRing.fromText(twinlock(['keygen', '--id', 'next']).out).activeId, 'next')
    const { status, out, err } = twinlock(['keygen', '--id', 'not an id'])
    assert.deepEqual([status, out], [1, ''])
    assert.match(err, /key id/)
  })
})

describe('schema', () => {
  for (const dialect of ['sqlite', 'postgres', 'mysql']) {
    test(`prints the tables of ${dialect} as the contract has them`, () => {
      const wanted = readFileSync(new URL(`../../contract/schema/${dialect}.sql`, import.meta.url), 'utf8')
      const { status, out } = twinlock(['schema', dialect])
      assert.deepEqual({ status, out }, { status: 0, out: wanted })
    })
  }

  for (const [dialect, file] of [
    ['prisma', 'twinlock.prisma'],
    ['prisma-mysql', 'twinlock.mysql.prisma'],
  ] as const) {
    test(`prints the models for ${dialect}`, () => {
      const wanted = readFileSync(new URL(`../prisma/${file}`, import.meta.url), 'utf8')
      assert.match(wanted, /@@map\("twinlock_record"\)/)
      const { status, out } = twinlock(['schema', dialect])
      assert.deepEqual({ status, out }, { status: 0, out: wanted })
    })
  }

  test('knows no others', () => {
    const { status, out, err } = twinlock(['schema', '../package.json'])
    assert.deepEqual([status, out], [2, ''])
    assert.match(err, /DIALECT must be sqlite, postgres, mysql, prisma, prisma-mysql/)
  })
})

describe('policy', () => {
  test('says what the default means', () => {
    const { status, out } = twinlock(['policy'])
    assert.equal(status, 0)
    assert.match(out, /8\.85e-5/)
    assert.match(out, /within the bound/)
  })

  test('shows one that breaks the bound, and that it does', () => {
    assert.match(twinlock(['policy', 'budgetReturnDays=7']).out, /above the bound/)
    const lockout = twinlock(['policy', '--fixed-lockout', '5/15', '--json'])
    const shown = JSON.parse(lockout.out) as { yearlyGuessProbability: number; withinBound: boolean }
    assert.deepEqual([lockout.status, shown.withinBound], [0, false])
    assert(Math.abs(shown.yearlyGuessProbability - 0.41) < 0.005)
  })

  test('refuses settings it does not know', () => {
    const { status, err } = twinlock(['policy', 'digit=8'])
    assert.equal(status, 1)
    assert.match(err, /digit/)
  })
})

describe('code', () => {
  test('shows what the app would, from an argument and from standard input', () => {
    for (const { status, out, err } of [twinlock(['code', URI]), twinlock(['code', '-'], { input: `${URI}\n` })]) {
      assert.deepEqual([status, err], [0, ''])
      assert.match(out, /^\d{6} {2}\(\d+ s left\)\n$/)
    }
  })

  test('does not repeat what it cannot read', () => {
    const { status, err } = twinlock(['code', `otpauth://totp/x?secret=${SECRET}&secret=${SECRET}`])
    assert.equal(status, 1)
    assert(!err.includes(SECRET))
  })
})

describe('help for one user', () => {
  const keys = KeyRing.generate('old')
  const text = keys.toText()
  let db: string
  before(async () => {
    db = await filled('desk.db', keys)
  })

  test('status shows a user', () => {
    const ada = twinlock(['status', '--db', db, 'ada'], { keys: text })
    assert.equal(ada.status, 0, ada.err)
    assert.match(ada.out, /two-factor authentication: on/)
    assert.match(ada.out, /backup codes: 10 of 10 left, not said to be saved/)
    assert.match(ada.out, /authenticator \w+: .*, last used \d{4}-\d\d-\d\d \d\d:\d\d UTC/)
    assert.match(twinlock(['status', '--db', db, 'eve'], { keys: text }).out, /single codes again in \d+ s/)
  })

  test('status --json is the body of the HTTP contract', () => {
    const { out } = twinlock(['status', '--db', db, 'nobody', '--json'], { keys: text })
    const body = JSON.parse(out) as Record<string, unknown>
    assert.equal(body['enabled'], false)
    assert('backup_codes' in body)
  })

  test('unlock forgives, and says who did', async () => {
    const { status, out } = twinlock(['unlock', '--db', db, 'eve', '--actor', 'desk 7'], { keys: text })
    assert.deepEqual([status, out], [0, 'wrong codes are forgiven\n'])
    assert(!twinlock(['status', '--db', db, 'eve'], { keys: text }).out.includes('again in'))
    const [event] = await new SqliteStorage(db).events('eve', null, 1)
    assert.deepEqual([event?.type, event?.actor], ['unlocked', 'desk 7'])
  })

  test('reset wipes, and says who did and why', async () => {
    const words = ['reset', '--db', db, 'bob', '--actor', 'desk 7', '--reason', 'lost phone']
    assert.deepEqual(twinlock(words, { keys: text }).status, 0)
    const storage = new SqliteStorage(db)
    assert.equal((await new TwoFactor({ issuer: 'Acme', storage, keys }).status('bob')).enabled, false)
    const [event] = await storage.events('bob', null, 1)
    assert.deepEqual([event?.type, event?.actor, event?.detail], ['reset', 'desk 7', { reason: 'lost phone' }])
  })

  test('the namespace is that of the application', () => {
    const { status, err } = twinlock(['status', '--db', db, 'ada', '--namespace', 'staging'], { keys: text })
    assert.equal(status, 1)
    assert.notEqual(err, '')
  })

  test('no secret is printed', () => {
    const printed = [
      ['status', '--db', db, 'ada'],
      ['reseal', '--db', db],
      ['code', URI],
      ['code', `${URI}x!`],
    ].map(words => {
      const { out, err } = twinlock(words, { keys: text })
      return out + err
    })
    for (const secret of [text.split(':')[1] ?? text, 'GEZDGNBV', 'ada@example.com']) {
      assert(!printed.join('').includes(secret))
    }
  })
})

describe('reseal', () => {
  const old = KeyRing.generate('old').toText()
  const next = KeyRing.generate('new').toText()

  test('moves all records to the new key', async () => {
    const db = await filled('reseal.db', KeyRing.fromText(old))
    const { status, out } = twinlock(['reseal', '--db', db], { keys: `${next},${old}` })
    assert.deepEqual([status, out], [0, '3 records moved to key new, 0 failed\n'])
    assert.equal(twinlock(['status', '--db', db, 'ada'], { keys: next }).status, 0)
  })

  test('goes on where one record does not open, and fails in the end', async () => {
    const db = await filled('lost-key.db', KeyRing.fromText(old))
    const { status, out, err } = twinlock(['reseal', '--db', db], { keys: next })
    assert.deepEqual([status, out], [1, '0 records moved to key new, 3 failed\n'])
    assert.equal(err.split('\n').filter(line => line.includes('left as it is')).length, 3)
  })
})

describe('what is missing is said', () => {
  const keys = KeyRing.generate().toText()

  test('a file that is not there is not made', () => {
    const db = join(folder, 'typo.db')
    const { status, err } = twinlock(['status', '--db', db, 'ada'], { keys })
    assert.equal(status, 1)
    assert.match(err, /there is no file/)
    assert.throws(() => readFileSync(db))
  })

  test('no keys: the command that makes them', async () => {
    const db = await filled('no-keys.db', KeyRing.fromText(keys))
    const { status, err } = twinlock(['status', '--db', db, 'ada'])
    assert.equal(status, 1)
    assert.match(err, /twinlock keygen/)
  })

  for (const words of [
    [],
    ['x'],
    ['status'],
    ['status', 'ada'],
    ['status', '--db', 'x.db'],
    ['status', '--db', 'x.db', 'ada', 'bob'],
    ['status', '--db', 'x.db', '--no-such', 'ada'],
    ['reset', '--db', 'x.db', 'ada', '--actor', 'desk 7'],
    ['unlock', '--db', 'x.db', 'ada'],
    ['policy', '--fixed-lockout', 'x'],
    ['constructor'],
  ]) {
    test(`"twinlock ${words.join(' ')}" is wrong use`, () => {
      const { status, out, err } = twinlock(words, { keys })
      assert.deepEqual([status, out], [2, ''])
      assert.match(err, /^usage: twinlock/)
    })
  }

  for (const words of [['--help'], ['-h'], ['help'], ['reset', '--help']]) {
    test(`"twinlock ${words.join(' ')}" helps`, () => {
      const { status, out, err } = twinlock(words)
      assert.deepEqual([status, err], [0, ''])
      assert.match(out, /^usage: twinlock/)
    })
  }
})
