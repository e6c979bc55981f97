/** The package in a process of its own: it ends, it loads in both forms, and it says what is missing. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const here = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'twinlock-process-'))
after(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'node_modules'))
symlinkSync(here('.'), join(folder, 'node_modules', 'twinlock'), 'dir')

function node(name: string, script: string, words: string[] = []): { status: number | null; out: string; err: string } {
  writeFileSync(join(folder, name), script)
  const options = { cwd: folder, encoding: 'utf8', timeout: 20_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [...words, name], options)
  return { status, out: stdout, err: stderr }
}

const SIGN_IN = `
  const { setup, uri } = await twoFactor.beginEnrollment('42', { accountName: 'ada' })
  const phone = AuthenticatorAccount.fromUri(uri)
  await twoFactor.confirmEnrollment('42', { setup, code: phone.codeAt(Date.now() / 1000 - 30) })
  const { challenge } = await twoFactor.afterFirstFactor('42')
  const { userId } = await twoFactor.verify(challenge, { code: phone.codeAt(Date.now() / 1000) })
  console.log(userId)`

for (const [what, storage] of [
  ['in memory', 'new MemoryStorage()'],
  ['in a file', "new SqliteStorage('2fa.db')"],
  ['by promise', 'slow()'],
] as const) {
  test(`a script over a storage ${what} ends when it is done`, () => {
    const { status, out, err } = node(
      'ends.mjs',
      `import { AuthenticatorAccount, KeyRing, MemoryStorage, SqliteStorage, TwoFactor } from 'twinlock'
      const inner = new MemoryStorage()
      const slow = () => ({
        load: async user => inner.load(user), save: async (...given) => inner.save(...given), erase: async user => inner.erase(user),
      })
      const started = performance.now()
      const twoFactor = new TwoFactor({ issuer: 'Acme', storage: ${storage}, keys: KeyRing.generate(), storageTimeoutMs: 60_000 })
      ${SIGN_IN}
      process.on('exit', () => console.log(performance.now() - started < 5000 ? 'ended' : 'late'))`,
    )
    assert.deepEqual([status, out, err], [0, '42\nended\n', ''])
  })
}

test('ESM and CommonJS share one native module, keys, policies, storages and refusals', () => {
  const { status, out, err } = node(
    'both.mjs',
    `import assert from 'node:assert/strict'
    import { createRequire } from 'node:module'
    import * as esm from 'twinlock'
    const cjs = createRequire(import.meta.url)('twinlock')
    assert.notEqual(esm.TwoFactor, cjs.TwoFactor)
    const keys = cjs.KeyRing.generate(), storage = new cjs.MemoryStorage(), policy = new cjs.Policy({ digits: 8 })
    const { AuthenticatorAccount } = esm
    const twoFactor = new esm.TwoFactor({ issuer: 'Acme', keys, storage, policy })
    ${SIGN_IN}
    const other = new cjs.TwoFactor({ issuer: 'Acme', keys, storage, policy })
    assert.ok((await other.status('42')).enabled)
    assert.equal((await other.events('42')).events.length, (await twoFactor.events('42')).events.length)
    const error = await other.verify('x', { code: '123456' }).catch(error => error)
    assert.ok(esm.isTwoFactorError(error) && cjs.isTwoFactorError(error))
    assert.equal(error.code, 'challenge_expired')
    const told = storage.events('42', null, 1)[0]
    assert.equal(esm.TwoFactorEvent.fromRow(told.toRow()).id, told.id)
    assert.deepEqual(Object.keys(esm).sort(), Object.keys(cjs).filter(name => name !== '__esModule').sort())`,
  )
  assert.deepEqual([status, out, err], [0, '42\n', ''])
})

test('CommonJS signs in', () => {
  const { status, out, err } = node(
    'signs-in.cjs',
    `const { AuthenticatorAccount, KeyRing, MemoryStorage, TwoFactor } = require('twinlock')
    const twoFactor = new TwoFactor({ issuer: 'Acme', storage: new MemoryStorage(), keys: KeyRing.generate() })
    void (async () => { ${SIGN_IN} })()`,
  )
  assert.deepEqual([status, out, err], [0, '42\n', ''])
})

test('nothing of an operation stays in the memory that the engine writes into', () => {
  const { status, out, err } = node(
    'wiped.mjs',
    `import assert from 'node:assert/strict'
    const made = [], Real = ArrayBuffer
    globalThis.ArrayBuffer = class extends Real { constructor(size) { super(size); made.push(this) } }
    const { AuthenticatorAccount, KeyRing, MemoryStorage, TwoFactor } = await import('twinlock')
    const twoFactor = new TwoFactor({ issuer: 'Acme', storage: new MemoryStorage(), keys: KeyRing.generate() })
    const blank = () => made.length > 0 && made.every(memory => Buffer.from(memory).every(byte => byte === 0))
    ${SIGN_IN}
    assert.ok(blank())
    await twoFactor.verify(challenge, { code: '123456' }).catch(() => {})
    assert.ok(blank())`,
  )
  assert.deepEqual([status, out, err], [0, '42\n', ''])
})

test('keys come from the environment, else from a file, else the error says how to make one', () => {
  const script = `import { KeyRing, MemoryStorage, TwoFactor } from 'twinlock'
    import { writeFileSync } from 'node:fs'
    const make = () => new TwoFactor({ issuer: 'Acme', storage: new MemoryStorage() }).activeKeyId
    try { make() } catch (error) { console.log(error.code, error.message.includes('npx twinlock keygen')) }
    writeFileSync('keys', KeyRing.generate('file').toText() + '\\n')
    process.env.TWINLOCK_KEYS_FILE = 'keys'; console.log(make())
    process.env.TWINLOCK_KEYS = KeyRing.generate('env').toText(); console.log(make())
    delete process.env.TWINLOCK_KEYS; process.env.TWINLOCK_KEYS_FILE = 'missing'
    try { make() } catch (error) { console.log(error.code, error.cause.code) }`
  const { status, out, err } = node('keys.mjs', script)
  const lines = ['configuration_error true', 'file', 'env', 'configuration_error ENOENT', '']
  assert.deepEqual([status, out, err], [0, lines.join('\n'), ''])
})

test('a worker thread has an engine of its own', () => {
  const { status, out, err } = node(
    'worker.mjs',
    `import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
    import { AuthenticatorAccount, KeyRing, SqliteStorage, TwoFactor } from 'twinlock'
    const keys = KeyRing.fromText(isMainThread ? KeyRing.generate().toText() : workerData)
    const twoFactor = new TwoFactor({ issuer: 'Acme', storage: new SqliteStorage('worker.db'), keys })
    if (isMainThread) {
      ${SIGN_IN}
      const worker = new Worker(new URL(import.meta.url), { workerData: keys.toText() })
      worker.on('message', enabled => console.log(enabled))
    } else parentPort.postMessage((await twoFactor.status('42')).enabled)`,
  )
  assert.deepEqual([status, out, err], [0, '42\ntrue\n', ''])
})

test('without its native module the package says which one is missing and what to do', () => {
  mkdirSync(join(folder, 'bare', 'native'), { recursive: true })
  cpSync(here('native/native.cjs'), join(folder, 'bare', 'native', 'native.cjs'))
  cpSync(here('package.json'), join(folder, 'bare', 'package.json'))
  const { out } = node(
    'missing.cjs',
    `try { require('./bare/native/native.cjs') } catch (error) { console.log(error.code + '\\n' + error.message) }`,
  )
  const libc = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime
  const name = `@twinlock/${process.platform}-${process.arch}${process.platform === 'linux' ? (libc ? '-gnu' : '-musl') : ''}`
  assert.match(out, /^native_missing\n/)
  for (const word of [name, 'npm install --include=optional', 'package-lock.json']) assert.ok(out.includes(word), out)
})

test('a native module that does not load says why', () => {
  mkdirSync(join(folder, 'broken', 'native'), { recursive: true })
  cpSync(here('native/native.cjs'), join(folder, 'broken', 'native', 'native.cjs'))
  cpSync(here('package.json'), join(folder, 'broken', 'package.json'))
  writeFileSync(join(folder, 'broken', 'native', 'twinlock.node'), 'not a module')
  const { out } = node(
    'broken.cjs',
    `try { require('./broken/native/native.cjs') } catch (error) { console.log(error.code + '\\n' + error.message) }`,
  )
  assert.match(out, /^native_missing\ntwinlock: its native module does not load: /)
})

test('on a platform without a module the package says for which there is one', () => {
  const { out } = node(
    'platform.cjs',
    `Object.defineProperty(process, 'platform', { value: 'plan9' })
    try { require('./bare/native/native.cjs') } catch (error) { console.log(error.code + '\\n' + error.message) }`,
  )
  assert.match(out, /^native_missing\ntwinlock: there is no native module for plan9-/)
})
