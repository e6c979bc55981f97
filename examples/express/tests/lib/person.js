/** Somebody with a browser that keeps cookies, an account, and perhaps a phone. */
import assert from 'node:assert/strict'
import { FakePhone } from 'twinlock/testing'
import { send } from './http.js'

export const PASSWORD = 'correct horse battery'
export const TWO_FACTOR = '/api/auth/2fa'
const STEP = 30

export class Person {
  /** @type {Map<string, string>} */
  cookies = new Map()
  password = PASSWORD
  /** @type {string[]} */
  backupCodes = []
  /** @type {FakePhone | undefined} */
  phone

  /** @param {string} name @param {number} port @param {import('twinlock/testing').VirtualClock} clock */
  constructor(name, port, clock) {
    this.name = name
    this.port = port
    this.clock = clock
  }

  /** What our own pages send. */
  get headers() {
    return {
      'sec-fetch-site': 'same-origin',
      cookie: [...this.cookies].map(pair => pair.join('=')).join('; '),
      'x-csrf-token': this.cookies.get('csrf') ?? '',
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {Record<string, string>} [headers]
   */
  async call(method, path, body, headers = {}) {
    const json = body && { 'content-type': 'application/json' }
    const content = body && JSON.stringify(body)
    const answer = await send(this.port, method, path, { headers: { ...this.headers, ...json, ...headers }, content })
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(line)
    return answer
  }

  /** @param {string} line */
  #keep(line) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }

  register() {
    const body = { username: this.name, email: `${this.name}@example.com`, password: this.password }
    return this.call('POST', '/api/auth/register', body)
  }

  /**
   * The password, in a browser that holds no session.
   * @param {object} [more]
   */
  signIn(more) {
    this.cookies.delete('session')
    this.cookies.delete('csrf')
    return this.call('POST', '/api/auth/login', { username: this.name, password: this.password, ...more })
  }

  /** @param {object} [more] @returns {Promise<string>} */
  async challenge(more) {
    const { body } = await this.signIn(more)
    assert.equal(body.two_factor_required, true)
    return body.challenge
  }

  /** @param {string} challenge @param {string} code @param {object} [more] */
  verify(challenge, code, more) {
    return this.call('POST', `${TWO_FACTOR}/verify`, { challenge, code, ...more })
  }

  /** Switches the second factor on. */
  async enrol() {
    const setup = await this.call('POST', `${TWO_FACTOR}/setup`, { password: this.password })
    assert.equal(setup.status, 201, setup.text)
    this.phone = new FakePhone(setup.body.otpauth_uri, this.clock)
    const body = { setup: setup.body.setup, code: this.phone.code() }
    const done = await this.call('POST', `${TWO_FACTOR}/setup/confirm`, body)
    assert.equal(done.status, 200, done.text)
    this.backupCodes = done.body.backup_codes
    return { setup: setup.body, done }
  }

  /** A code that was not used yet: the phone's next one. */
  freshCode() {
    this.clock.advance(STEP)
    return this.phone?.code() ?? ''
  }

  /** The password, then a code. @param {object} [more] */
  async signInWithCode(more) {
    const answer = await this.verify(await this.challenge(more), this.freshCode())
    assert.equal(answer.status, 200, answer.text)
    return answer
  }

  stepUp() {
    return this.call('POST', `${TWO_FACTOR}/step-up`, { code: this.freshCode() })
  }

  me() {
    return this.call('GET', '/api/user/me')
  }

  async id() {
    return /** @type {string} */ ((await this.me()).body.id)
  }
}
