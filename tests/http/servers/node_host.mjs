// An application with its own users and its own way to remember who is signed in: what Express and Fastify servers share.

import { randomBytes } from 'node:crypto'

export const NAMES = ['session', 'cookie', 'bearer', 'strict', 'claim']

/** Everything that the process prints, so that the suite can look for secrets in it. */
export const LINES = []

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream)
  stream.write = (chunk, ...more) => {
    LINES.push(...String(chunk).split('\n').filter(Boolean))
    return write(chunk, ...more)
  }
}

/** A memory storage with faults to order. */
class FaultyStorage {
  fault = null

  constructor({ MemoryStorage, storageTimeout }) {
    this.memory = new MemoryStorage()
    this.storageTimeout = storageTimeout
  }

  load(userId) {
    this.#trouble()
    const record = this.memory.load(userId)
    if (record === null) return null
    const { version, enabled, keyId, data } = record
    if (this.fault === 'tampered') return { version, enabled, keyId, data: data.with(-1, data.at(-1) ^ 1) }
    if (this.fault === 'unknown_key') return { version, enabled, keyId: 'lost', data }
    return record
  }

  save(userId, expected, record, events) {
    this.#trouble()
    return this.fault !== 'lost_race' && this.memory.save(userId, expected, record, events)
  }

  erase(userId) {
    this.#trouble()
    return this.memory.erase(userId)
  }

  events(...page) {
    this.#trouble()
    return this.memory.events(...page)
  }

  stats(now) {
    this.#trouble()
    return this.memory.stats(now)
  }

  #trouble() {
    if (this.fault === 'unavailable') throw new Error('the disk is gone')
    // What a storage that bounds its own waiting says; really waiting would make the suite slow or shaky.
    if (this.fault === 'slow') throw this.storageTimeout()
  }
}

export class Host {
  constructor(name, twinlock, { VirtualClock }) {
    this.name = name
    this.mode = name === 'session' || name === 'cookie' ? name : 'bearer'
    this.signedIn = new Map()
    this.storage = new FaultyStorage(twinlock)
    this.clock = new VirtualClock(1_700_000_000)
    this.twoFactor = new twinlock.TwoFactor({
      issuer: 'Acme',
      storage: this.storage,
      keys: twinlock.KeyRing.generate(),
      clock: this.clock.now,
    })
  }

  /** The application's own token, from its cookie or its header. */
  token(request) {
    if (this.mode === 'cookie') return this.signedIn.get(/(?:^|; )host=([^;]*)/.exec(request.headers.cookie ?? '')?.[1])
    const [scheme, value] = (request.headers.authorization ?? '').split(' ')
    return scheme === 'Bearer' ? this.signedIn.get(value) : undefined
  }

  /** The hook `user`. */
  user(request) {
    const name = this.mode === 'session' ? request.session.user : this.token(request)?.user
    return name === undefined ? null : account(name)
  }

  /** Signs in, in this application's way: gives the members of the answer. */
  signIn(request, userId, told, setCookie, tfa) {
    if (this.mode === 'session') {
      request.session.user = userId
      return told
    }
    const token = randomBytes(18).toString('base64url')
    this.signedIn.set(token, { user: userId, tfa })
    if (this.mode === 'bearer') return { ...told, access_token: token }
    setCookie(`host=${token}; Path=/; HttpOnly; SameSite=Lax`)
    return told
  }

  /** Hooks and settings. */
  options(setCookie) {
    const options = {
      twoFactor: this.twoFactor,
      user: request => this.user(request),
      onVerified: async (request, { userId, occasion, carry = null, enrollmentRequired, assurance }, reply) => {
        const told = { occasion, carry, enrollment_required: enrollmentRequired }
        return this.signIn(request, userId, told, line => setCookie(reply, line), assurance)
      },
      proof: this.mode,
      requiredFor: user => user.id.startsWith('must-'),
      allowedOrigins: ['https://app.example'],
      setupUrl: '/settings/two-factor',
    }
    if (this.name === 'session') options.csrf = () => 'csrf-token'
    if (this.name === 'claim') options.assurance = request => this.token(request)?.tfa
    if (this.name === 'strict') options.reauthenticate = (_request, user, password) => password === passwordOf(user.id)
    else options.mayAdminister = request => (this.user(request)?.id ?? '').startsWith('admin-')
    return options
  }

  /** Ends the application's session. */
  signOut(request) {
    if (this.mode === 'session') delete request.session.user
    this.signedIn.delete((request.headers.authorization ?? '').replace('Bearer ', ''))
  }

  /** `POST /test/clock`. */
  advance(seconds) {
    this.clock.advance(seconds)
    return { now: this.clock.now() }
  }
}

export function account(name) {
  return { id: name, accountName: `${name}@example.com` }
}

export function passwordOf(name) {
  return `password of ${name}`
}
