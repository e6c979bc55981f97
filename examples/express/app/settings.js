/**
 * Every setting of the application, read once from the environment.
 *
 * Production is the default and makes nothing up: without keys it refuses to start. Development (`APP_ENV=development`, or
 * `TWINLOCK_DEV_PHONE=1`) makes missing keys in the data folder.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { madeOnce, newSecret, newTwinlockKeys } from '../../shared-node/keys.js'
import { parseRates } from './limits.js'

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]']
const DATA = fileURLToPath(new URL('../../../.demo/express', import.meta.url))
const SECRET_LENGTH = 32

/** The person who starts the application must change something; the message says what. */
export class SettingsError extends Error {}

/**
 * @typedef {object} Settings
 * @property {string} data folder of the two SQLite files (`users.db`, `2fa.db`) and of generated keys
 * @property {string[]} sessionKeys sign the session cookie: the first signs, all verify
 * @property {string} twinlockKeys the key ring of the second factor, as `TWINLOCK_KEYS` writes it
 * @property {boolean} https whether people come over https: `__Host-` cookies that only HTTPS carries
 * @property {string | false} trustProxy the proxies whose `X-Forwarded-*` is believed, as Express writes them
 * @property {boolean} development
 * @property {boolean} devPhone shows the pretend phone; never in production
 * @property {import('./limits.js').Rate[]} signInLimit sign-in attempts per address
 * @property {import('./limits.js').Rate[]} registerLimit
 */

/**
 * Reads the settings.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Settings}
 * @throws {SettingsError} when production lacks a key, has the pretend phone switched on, or would send cookies over plain http to
 * anything but this machine
 */
export function fromEnvironment(env = process.env) {
  const devPhone = env.TWINLOCK_DEV_PHONE === '1'
  const mode = env.APP_ENV || (devPhone ? 'development' : 'production')
  if (mode !== 'development' && mode !== 'production') {
    throw new SettingsError("APP_ENV must be 'development' or 'production'")
  }
  const development = mode === 'development'
  if (devPhone && !development) {
    throw new SettingsError('the pretend phone shows codes on screen: unset TWINLOCK_DEV_PHONE in production')
  }
  const data = env.TWINLOCK_DEMO_DATA || DATA
  const https = servesHttps(env, development)
  mkdirSync(data, { recursive: true, mode: 0o700 })
  return {
    data,
    sessionKeys: sessionKeys(env, data, development),
    twinlockKeys: twinlockKeys(env, data, development),
    https,
    trustProxy: trustedProxy(env, https),
    development,
    devPhone,
    signInLimit: rates(env.SIGN_IN_LIMIT || '30/minute;300/hour'),
    registerLimit: rates(env.REGISTER_LIMIT || '20/minute;100/hour'),
  }
}

/** @param {NodeJS.ProcessEnv} env @param {boolean} development */
function servesHttps(env, development) {
  const text = env.FRONTEND_URL || (development ? `http://127.0.0.1:${env.PORT || 8000}` : '')
  const { protocol, hostname } = URL.canParse(text) ? new URL(text) : { protocol: '', hostname: '' }
  if (!['http:', 'https:'].includes(protocol) || !hostname) {
    throw new SettingsError('set FRONTEND_URL to the address people open, such as https://app.example.com')
  }
  if (protocol === 'http:' && !LOOPBACK_HOSTS.includes(hostname)) {
    throw new SettingsError('FRONTEND_URL must be https:// for any address but this machine')
  }
  return protocol === 'https:'
}

/** @param {NodeJS.ProcessEnv} env @param {boolean} https */
function trustedProxy(env, https) {
  if (https && !env.TRUST_PROXY) {
    // Without it, Express takes every request for plain http and sends no secure cookie at all.
    throw new SettingsError(
      'FRONTEND_URL is https: name the proxy that ends TLS in front, such as TRUST_PROXY=loopback',
    )
  }
  return env.TRUST_PROXY || false
}

/** @param {NodeJS.ProcessEnv} env @param {string} data @param {boolean} development */
function sessionKeys(env, data, development) {
  const text = env.SESSION_KEYS || (development ? madeOnce(data, 'session.keys', newSecret) : '')
  const keys = text
    .split(',')
    .map(key => key.trim())
    .filter(Boolean)
  if (keys.length === 0) {
    throw new SettingsError(
      'no key signs the session cookie: set SESSION_KEYS to a secret of 32 characters or more ' +
        '(old ones may follow after a comma), or try it out with: npm start',
    )
  }
  if (keys.some(key => key.length < SECRET_LENGTH)) {
    throw new SettingsError(`each key in SESSION_KEYS has ${SECRET_LENGTH} characters or more`)
  }
  return keys
}

/** @param {NodeJS.ProcessEnv} env @param {string} data @param {boolean} development */
function twinlockKeys(env, data, development) {
  if (env.TWINLOCK_KEYS) return env.TWINLOCK_KEYS
  if (env.TWINLOCK_KEYS_FILE) return readFileSync(env.TWINLOCK_KEYS_FILE, 'utf8').trim()
  if (development) return madeOnce(data, 'twinlock.keys', newTwinlockKeys)
  throw new SettingsError(
    'no key seals the second factors: set TWINLOCK_KEYS to what `npx twinlock keygen` prints, or try it out with: npm start',
  )
}

/** @param {string} text */
function rates(text) {
  try {
    return parseRates(text)
  } catch {
    throw new SettingsError('a limit is written such as 30/minute;300/hour')
  }
}
