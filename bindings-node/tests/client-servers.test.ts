/** A whole life of a second factor through the client, against every server there is: one of them of another language. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Client, LoginChallenge, TokenMemory } from 'twinlock/client'
import { createClient, isProblem } from 'twinlock/client'
import { FakePhone } from '../ts/testing/phone.ts'
import { startServer, withCookies } from './lib/contract-server.ts'

const names = ['FastAPI', 'Express', 'Fastify'] as const
const servers = await Promise.all(names.map(async name => [name, await startServer(name)] as const))

const MODES = ['bearer', 'session', 'cookie']

/** What the application of the suite adds to its answers. */
interface Host {
  occasion: string
  access_token?: string
}

/** Somebody with a browser or an app. */
class Person {
  readonly memory: TokenMemory = {}
  readonly client: Client<Host>
  readonly url: string
  readonly fetch: typeof fetch
  token: string | null = null
  /** How often a code was asked for. */
  asked = 0
  phone: FakePhone | undefined
  now = 0

  constructor(
    server: string,
    mode: string,
    readonly name: string,
  ) {
    this.url = `${server}/${mode}`
    this.fetch = mode === 'bearer' ? fetch : withCookies()
    this.client = createClient<Host>({
      base: `${this.url}/2fa`,
      fetch: this.fetch,
      memory: this.memory,
      ...(mode === 'bearer' && { getToken: () => this.token }),
      onProof: answer => {
        this.token = answer.access_token ?? null
      },
      stepUp: client => this.stepUp(client),
    })
  }

  async post(path: string, body: object): Promise<Record<string, unknown>> {
    const headers = { 'Content-Type': 'application/json' }
    const response = await this.fetch(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as Record<string, unknown>
  }

  async login(): Promise<LoginChallenge | undefined> {
    const answer = await this.post('/login', { username: this.name, password: `password of ${this.name}` })
    if (answer['two_factor_required']) return answer as unknown as LoginChallenge
    this.token = (answer['access_token'] as string | undefined) ?? null
    return undefined
  }

  /** Time goes by; so that the next code is a new one, too. */
  async wait(seconds: number): Promise<void> {
    this.now = Number((await this.post('/test/clock', { advance: seconds }))['now'])
  }

  async enable(): Promise<string[]> {
    const { setup, otpauth_uri } = await this.client.setup()
    await this.wait(0)
    this.phone = new FakePhone(otpauth_uri, () => this.now)
    return (await this.client.confirmSetup({ setup, code: this.phone.code() })).backup_codes
  }

  code(): string {
    return this.phone?.code() ?? assert.fail('no phone')
  }

  /** What a dialog does: a typo first, then the code with the challenge that the refusal handed over. */
  async stepUp(client: Client<Host>): Promise<void> {
    this.asked++
    const typo = await client
      .stepUp({ code: String((Number(this.code()) + 1) % 1e6).padStart(6, '0') })
      .catch(thrown => thrown)
    assert.ok(isProblem(typo, 'invalid_code') && typo.challenge)
    const { fresh_until } = await client.stepUp({ code: this.code(), challenge: typo.challenge })
    assert.ok(fresh_until > this.now)
  }
}

for (const [server, mode] of servers.flatMap(([name, url]) => MODES.map(mode => [{ name, url }, mode] as const))) {
  describe(`against ${server.name}, proof in ${mode}`, () => {
    test('from switching on to switching off', async () => {
      const ada = new Person(server.url, mode, `ada-${mode}`)
      const { client } = ada
      await ada.login()
      assert.equal((await client.status()).enabled, false)
      const backupCodes = await ada.enable()
      assert.equal(backupCodes.length, 10)
      await client.backupCodesSaved()
      const { authenticators, backup_codes, csrf } = await client.status()
      assert.deepEqual(backup_codes, { left: 10, total: 10, saved: true })
      assert.equal(csrf, mode === 'session' ? 'csrf-token' : undefined)
      assert.equal(ada.asked, 0, 'the setup was a proof')

      // The proof grows old: one call asks for a code, the next finds it fresh.
      await ada.wait(600)
      const id = authenticators[0]?.id ?? assert.fail()
      await client.renameAuthenticator(id, { name: 'Ada’s phone' })
      assert.equal((await client.fetch(`${ada.url}/guarded/fresh`)).status, 200)
      assert.equal(ada.asked, 1)
      await ada.wait(600)
      assert.equal((await client.fetch(`${ada.url}/guarded/fresh`)).status, 200)
      assert.equal(ada.asked, 2)
      await assert.rejects(client.removeAuthenticator(id), thrown => isProblem(thrown, 'last_authenticator'))

      // Signed out and in again, with a backup code.
      await ada.client.fetch(`${ada.url}/logout`, { method: 'POST' })
      client.forget()
      const challenge = await ada.login()
      assert.ok(challenge)
      assert.ok(challenge.methods.includes('backup_code'))
      const verified = await client.verify({ challenge: challenge.challenge, code: backupCodes[0] ?? '' })
      assert.deepEqual([verified.method, verified.backup_codes_left, verified.occasion], ['backup_code', 9, 'sign_in'])
      assert.equal((await client.backupCodes()).backup_codes.length, 10)

      const { devices } = await client.devices()
      assert.ok(devices.some(({ current }) => current))
      await client.revokeDevice(devices[0]?.id ?? '')
      await client.revokeAllDevices()
      const { events, next_cursor } = await client.events()
      assert.ok(events.some(({ type, method }) => type === 'verified' && method === 'backup_code'))
      assert.equal(next_cursor ?? null, null)
      await client.disable()
      assert.equal((await client.status()).enabled, false)
      assert.equal(ada.asked, 2)
    })

    test('a password alone opens nothing, and a refusal at sign-in is told', async () => {
      const bob = new Person(server.url, mode, `bob-${mode}`)
      await bob.login()
      await bob.enable()
      await bob.client.fetch(`${bob.url}/logout`, { method: 'POST' })
      bob.client.forget()
      const challenge = await bob.login()
      await assert.rejects(bob.client.status(), thrown => isProblem(thrown, 'not_signed_in'))
      const used = bob.client.verify({ challenge: challenge?.challenge, code: bob.code() })
      await assert.rejects(used, thrown => isProblem(thrown, 'invalid_code') && thrown.status === 401)
      await assert.rejects(bob.client.verify({ code: 'hello', challenge: challenge?.challenge }), thrown =>
        isProblem(thrown, 'malformed_code'),
      )
    })

    test('the help desk looks, unlocks and resets', async () => {
      const [helper, eve] = [new Person(server.url, mode, `admin-${mode}`), new Person(server.url, mode, `eve-${mode}`)]
      await eve.login()
      await eve.enable()
      await assert.rejects(eve.client.admin.stats(), thrown => isProblem(thrown, 'not_administrator'))
      await helper.login()
      await helper.enable()
      const { admin } = helper.client
      assert.ok((await admin.stats()).enabled_users >= 2)
      assert.equal((await admin.user(eve.name)).enabled, true)
      await admin.unlock(eve.name)
      await admin.reset(eve.name, { reason: 'phone lost' })
      assert.equal((await admin.user(eve.name)).enabled, false)
    })
  })
}
