/**
 * Every setting of the application, read once from the environment.
 *
 * Production is the default and makes nothing up: without keys it refuses to start. Development (`APP_ENV=development`, or
 * `TWINLOCK_DEV_PHONE=1`) makes missing keys in the data folder.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KeyRing, type Policy } from 'twinlock'
import { madeOnce, newSecret, newTwinlockKeys } from '../../shared-node/keys.js'
import { JwtKeys } from './jwt-keys.ts'
import { parseRates, type Rate } from './limits.ts'
import { policyFrom } from './lockout.ts'

type Environment = NodeJS.ProcessEnv

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]']
const DATA = fileURLToPath(new URL('../../../.demo/fastify', import.meta.url))
const MINUTE = 60
const DAY = 86_400

/** The person who starts the application must change something; the message says what. */
export class SettingsError extends Error {}

/** How one instance of the application runs. */
export interface Settings {
  /** Folder of the database (where `DATABASE_URL` names no other) and of generated keys. */
  readonly data: string
  /** The SQLite file that Prisma opens, such as `file:/var/lib/app/app.db`. */
  readonly databaseUrl: string
  /** Sign the access tokens. */
  readonly jwtKeys: JwtKeys
  /** Seal the second factors. */
  readonly twinlockKeys: KeyRing
  /** The numbers of the second factor. */
  readonly policy: Policy
  /** Origin of the front end: may call the API from a browser (CORS, bearer only). */
  readonly frontendUrl: string
  /** Whether people come over https: `__Host-` cookies that only HTTPS carries. */
  readonly https: boolean
  /** The proxies whose `X-Forwarded-*` is believed, as Fastify writes them. */
  readonly trustProxy: string | false
  readonly development: boolean
  /** Shows the pretend phone; never in production. */
  readonly devPhone: boolean
  /** Sign-in attempts per address. */
  readonly signInLimit: readonly Rate[]
  readonly registerLimit: readonly Rate[]
  readonly accessSeconds: number
  readonly refreshSeconds: number
}

/**
 * Reads the settings.
 * @throws SettingsError when production lacks a key, has the pretend phone switched on, or would send cookies over plain http to
 * anything but this machine; and for a policy that would let guessers in
 */
export function settingsFrom(env: Environment = process.env): Settings {
  const devPhone = env['TWINLOCK_DEV_PHONE'] === '1'
  const mode = env['APP_ENV'] || (devPhone ? 'development' : 'production')
  if (mode !== 'development' && mode !== 'production')
    throw new SettingsError("APP_ENV must be 'development' or 'production'")
  const development = mode === 'development'
  if (devPhone && !development) {
    throw new SettingsError('the pretend phone shows codes on screen: unset TWINLOCK_DEV_PHONE in production')
  }
  const frontendUrl = frontend(env, development)
  const data = env['TWINLOCK_DEMO_DATA'] || DATA
  mkdirSync(data, { recursive: true, mode: 0o700 })
  return {
    data,
    databaseUrl: database(env, data),
    jwtKeys: jwtKeys(env, data, development),
    twinlockKeys: twinlockKeys(env, data, development),
    policy: told('', () => policyFrom(env)),
    frontendUrl,
    https: frontendUrl.startsWith('https:'),
    trustProxy: trustedProxy(env, frontendUrl.startsWith('https:')),
    development,
    devPhone,
    signInLimit: rates(env['SIGN_IN_LIMIT'] || '30/minute;300/hour'),
    registerLimit: rates(env['REGISTER_LIMIT'] || '20/minute;100/hour'),
    accessSeconds: 15 * MINUTE,
    refreshSeconds: 30 * DAY,
  }
}

function frontend(env: Environment, development: boolean): string {
  const text = env['FRONTEND_URL'] || (development ? `http://127.0.0.1:${env['PORT'] || 8000}` : '')
  const { protocol, hostname, origin } = URL.canParse(text) ? new URL(text) : { protocol: '', hostname: '', origin: '' }
  if (!['http:', 'https:'].includes(protocol) || !hostname) {
    throw new SettingsError('set FRONTEND_URL to the address people open, such as https://app.example.com')
  }
  if (protocol === 'http:' && !LOOPBACK_HOSTS.includes(hostname)) {
    throw new SettingsError('FRONTEND_URL must be https:// for any address but this machine')
  }
  return origin
}

function trustedProxy(env: Environment, https: boolean): string | false {
  if (https && !env['TRUST_PROXY']) {
    // We listen on this machine alone: everybody would come from the address of the proxy, and share its limit.
    throw new SettingsError(
      'FRONTEND_URL is https: name the proxy that ends TLS in front, such as TRUST_PROXY=127.0.0.1',
    )
  }
  return env['TRUST_PROXY'] || false
}

function database(env: Environment, data: string): string {
  const url = env['DATABASE_URL'] || `file:${join(data, 'app.db')}`
  if (!url.startsWith('file:')) {
    throw new SettingsError(
      'DATABASE_URL names a file, such as file:/var/lib/app/app.db; README.md says how to take PostgreSQL',
    )
  }
  return url
}

function jwtKeys(env: Environment, data: string, development: boolean): JwtKeys {
  const made = () => (development ? madeOnce(data, 'jwt.keys', () => `demo:${newSecret()}`) : '')
  const text = env['JWT_KEYS'] || made()
  if (!text) {
    throw new SettingsError(
      'no key signs the access tokens: set JWT_KEYS="2026a:<secret of 32 characters or more>" ' +
        '(an old key may follow after a comma), or try it out with: npm start',
    )
  }
  try {
    return JwtKeys.parse(text)
  } catch {
    throw new SettingsError('each key in JWT_KEYS is written id:secret, and a secret has 32 characters or more')
  }
}

function twinlockKeys(env: Environment, data: string, development: boolean): KeyRing {
  const { TWINLOCK_KEYS: given, TWINLOCK_KEYS_FILE: file } = env
  const text =
    given || (file && readFileSync(file, 'utf8')) || (development && madeOnce(data, 'twinlock.keys', newTwinlockKeys))
  if (!text) {
    throw new SettingsError(
      'no key seals the second factors: set TWINLOCK_KEYS to what `npx twinlock keygen` prints, or try it out with: npm start',
    )
  }
  return told('TWINLOCK_KEYS: ', () => KeyRing.fromText(text))
}

function rates(text: string): Rate[] {
  return told(`${text}: write a limit such as 30/minute;300/hour: `, () => parseRates(text))
}

function told<T>(where: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new SettingsError(`${where}${(error as Error).message}`)
  }
}
