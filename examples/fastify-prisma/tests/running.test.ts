// With a real server process: it starts, keeps accounts and sessions over a restart, and an independent client gets through.
import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { AuthenticatorAccount } from 'twinlock'
import { newTwinlockKeys } from '../../shared-node/keys.js'
import { openDatabase } from '../app/database.ts'
import { folder } from './lib/instance.ts'
import { HERE, run, start, unless, walk } from './lib/server.ts'

const PASSWORD = 'correct horse battery'

/** One call to a running server. */
async function call(url: string, path: string, body?: object, token?: string) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(
    `${url}/api/${path}`,
    body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers },
  )
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined }
}

/** Ada with a second factor: her tokens and backup codes. */
async function enrolled(url: string) {
  const ada = { username: 'ada', email: 'ada@example.com', password: PASSWORD }
  assert.equal((await call(url, 'auth/register', ada)).status, 201)
  const { access_token: token } = (await call(url, 'auth/login', ada)).body
  const { setup, otpauth_uri: uri } = (await call(url, 'auth/2fa/setup', { password: PASSWORD }, token)).body
  const code = AuthenticatorAccount.fromUri(uri).codeAt(Date.now() / 1000)
  const { body } = await call(url, 'auth/2fa/setup/confirm', { setup, code }, token)
  assert.equal(body.backup_codes.length, 10)
  return { token: body.access_token as string, codes: body.backup_codes as string[] }
}

const signIn = (url: string) => call(url, 'auth/login', { username: 'ada', password: PASSWORD })

test('accounts, their second factor and their sessions survive a restart', async () => {
  const data = folder()
  const first = await start({ TWINLOCK_DEMO_DATA: data })
  const { token, codes } = await enrolled(first.url)
  const said = await first.stop()
  assert.match(said, /Twinlock demo: http:\/\/127\.0\.0\.1/)
  assert.match(said, /guesses a code with a chance of at most 0\.0088 % a year/)

  const second = await start({ TWINLOCK_DEMO_DATA: data })
  assert.deepEqual(
    (await call(second.url, 'user/me', undefined, token)).body.amr,
    ['pwd', 'otp'],
    'the session goes on',
  )
  const { challenge } = (await signIn(second.url)).body
  const verified = await call(second.url, 'auth/2fa/verify', { challenge, code: codes[0] })
  assert.equal(verified.body.method, 'backup_code')
  await second.stop()
  for (const name of readdirSync(data))
    assert.equal(statSync(join(data, name)).mode & 0o077, 0, `${name} is its owner's alone`)
})

test('production starts with its keys on migrated tables, and without the phone', async () => {
  const data = folder()
  const env = {
    FRONTEND_URL: 'https://app.example.com',
    TRUST_PROXY: '127.0.0.1',
    JWT_KEYS: `new:${'n'.repeat(32)},old:${'o'.repeat(32)}`,
    TWINLOCK_KEYS: newTwinlockKeys(),
    TWINLOCK_DEMO_DATA: data,
    FIXED_LOCKOUT: '5/15',
    POLICY_ACCEPT_RISK: 'true',
  }
  await (await openDatabase(`file:${data}/app.db`, true)).$disconnect()
  const { url, stop } = await start(env, 'app/main.ts')
  const home = await fetch(url)
  assert.doesNotMatch(await home.text(), /pretend phone|phone\.js/)
  assert.match(home.headers.get('strict-transport-security') ?? '', /max-age/)
  assert.match(await stop(), /guesses a code with a chance of at most \d\d % a year/)
  assert.deepEqual(
    readdirSync(data).filter(name => name.endsWith('.keys')),
    [],
  )
})

test('production without keys says what is missing, and nothing of a stack', async () => {
  const env = { APP_ENV: 'production', FRONTEND_URL: 'http://127.0.0.1', TWINLOCK_DEMO_DATA: folder() }
  const { status, said } = await run(process.execPath, ['--import', 'tsx', 'app/main.ts'], env)
  assert.equal(status, 2)
  assert.match(said, /^cannot start: no key signs the access tokens: set JWT_KEYS/)
  assert.doesNotMatch(said, /\n.*at /)
})

test('the first administrator is made by command', async () => {
  const data = folder()
  const { url } = await start({ TWINLOCK_DEMO_DATA: data })
  const { token } = await enrolled(url)
  const make = (name: string) =>
    run(process.execPath, ['--import', 'tsx', 'app/demo.ts', '--admin', name], { TWINLOCK_DEMO_DATA: data })
  assert.match((await make('nobody')).said, /register it first/)
  assert.match((await make('ada')).said, /ada is an administrator now/)
  assert.equal((await call(url, 'admin/figures', undefined, token)).body.users_with_2fa, 1)
})

test('an independent client walks through', unless('bash', 'curl', 'zbarimg', 'oathtool', 'python3'), async () => {
  const { url, stop } = await start({ TWINLOCK_DEMO_DATA: folder() })
  await walk('bash', ['../walkthrough.sh', url])
  assert.match(await stop(), /"audit":"disabled"/)
})

test('the pages work in a browser, the pretend phone and the admin page among them', unless('chromium'), async () => {
  const data = folder()
  const { url } = await start({ TWINLOCK_DEMO_DATA: data })
  const env = { TWINLOCK_DEMO_DATA: data, ADMIN: `cd ${HERE} && node --import tsx app/demo.ts --admin "$1"` }
  await walk(process.execPath, ['../browse.mjs', url, folder()], env)
})
