/** Those who use the application: a person with an API client and a phone, and one with a browser. */
import assert from 'node:assert/strict'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { FakePhone, type VirtualClock } from 'twinlock/testing'

export const PASSWORD = 'correct horse battery'
export const TWO_FACTOR = '/api/auth/2fa'
export const ORIGIN = 'http://127.0.0.1:8000'
const STEP = 30

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
type Headers = Readonly<Record<string, string>>

/** An answer. `body` is its JSON, whatever it holds. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly body: any
}

/** Status and code: what a refusal comes down to. */
export function told({ status, body }: Answer): [number, string | undefined] {
  return [status, body?.code]
}

/** A call as it is on the wire. */
export async function send(
  app: FastifyInstance,
  method: Method,
  url: string,
  options: InjectOptions = {},
): Promise<Answer> {
  const answer = await app.inject({ method, url, ...options })
  const json = String(answer.headers['content-type']).includes('json')
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.payload,
    body: json ? answer.json() : undefined,
  }
}

/** Somebody with an account, and perhaps a phone. */
abstract class User {
  readonly app: FastifyInstance
  readonly clock: VirtualClock
  readonly name: string
  password = PASSWORD
  backupCodes: string[] = []
  phone: FakePhone | undefined

  constructor(app: FastifyInstance, clock: VirtualClock, name: string) {
    this.app = app
    this.clock = clock
    this.name = name
  }

  abstract call(method: Method, path: string, body?: object, headers?: Headers): Promise<Answer>
  protected abstract leave(): void

  register(): Promise<Answer> {
    const { name: username, password } = this
    return this.call('POST', '/api/auth/register', { username, email: `${username}@example.com`, password })
  }

  /** The password, on a client that holds no session. */
  signIn(more: object = {}): Promise<Answer> {
    this.leave()
    return this.call('POST', '/api/auth/login', { username: this.name, password: this.password, ...more })
  }

  async challenge(): Promise<string> {
    const { body, text } = await this.signIn()
    assert.equal(body.two_factor_required, true, text)
    return body.challenge
  }

  verify(challenge: string, code: string, more: object = {}): Promise<Answer> {
    return this.call('POST', `${TWO_FACTOR}/verify`, { challenge, code, ...more })
  }

  async signInWithCode(more: object = {}): Promise<Answer> {
    return this.verify(await this.challenge(), this.freshCode(), more)
  }

  /** Switches the second factor on. */
  async enrol(): Promise<{ setup: { setup: string; secret: string }; done: Answer }> {
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
  freshCode(): string {
    assert.ok(this.phone)
    this.clock.advance(STEP)
    return this.phone.code()
  }

  stepUp(): Promise<Answer> {
    return this.call('POST', `${TWO_FACTOR}/step-up`, { code: this.freshCode() })
  }

  me(): Promise<Answer> {
    return this.call('GET', '/api/user/me')
  }

  async id(): Promise<string> {
    return (await this.me()).body.id
  }

  refresh(token?: string): Promise<Answer> {
    return this.call('POST', '/api/auth/refresh', token === undefined ? undefined : { refresh_token: token })
  }
}

/** An API client that sends bearer tokens and keeps no cookies. */
export class Person extends User {
  access: string | undefined
  refreshToken: string | undefined
  device: string | undefined

  async call(method: Method, path: string, body?: object, more: Headers = {}): Promise<Answer> {
    const headers = {
      ...(this.access && { authorization: `Bearer ${this.access}` }),
      ...(this.device && { 'twinlock-device': this.device }),
      ...more,
    }
    const answer = await send(this.app, method, path, { headers, ...(body && { payload: body }) })
    if (answer.status < 300 && answer.body) this.#keep(answer.body)
    return answer
  }

  override refresh(token = this.refreshToken): Promise<Answer> {
    return super.refresh(token)
  }

  /** What the access token says, unchecked. */
  claims(): Readonly<Record<string, unknown>> {
    return JSON.parse(Buffer.from(this.access?.split('.')[1] ?? '', 'base64url').toString())
  }

  protected leave(): void {
    this.access = this.refreshToken = undefined
  }

  #keep({ access_token, refresh_token, device }: Readonly<Record<string, string | undefined>>): void {
    this.access = access_token ?? this.access
    this.refreshToken = refresh_token ?? this.refreshToken
    this.device = device ?? this.device
  }
}

/** One of our own pages in a browser; tokens are in its cookies and nowhere else. */
export class Browser extends User {
  cookies = new Map<string, string>()

  async call(method: Method, path: string, body?: object, more: Headers = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(pair => pair.join('=')).join('; ')
    const headers = {
      host: '127.0.0.1:8000',
      origin: ORIGIN,
      'sec-fetch-site': 'same-origin',
      ...(cookie && { cookie }),
      ...more,
    }
    const answer = await send(this.app, method, path, { headers, ...(body && { payload: body }) })
    for (const line of setCookies(answer)) this.#keep(line)
    return answer
  }

  protected leave(): void {
    this.cookies.delete('access')
    this.cookies.delete('refresh')
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/Max-Age=0/.test(line)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

/** The cookies that an answer sets, one line each. */
export function setCookies({ headers }: Answer): string[] {
  const given = headers['set-cookie']
  return given === undefined ? [] : [given].flat().map(String)
}
