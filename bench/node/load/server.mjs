/**
 * A login with a second factor on Fastify and PostgreSQL, as a process of its own: node server.mjs DATABASE-URL.
 *
 * Its parent asks by messages: `{ enrol: ids }` enrols those users and answers `{ secrets }`; `{ now }` sets the clock.
 */
import { fastify, fromPackage } from './packages.mjs'

const { KeyRing, TwoFactor } = await fromPackage('index.js')
const { FakePhone, VirtualClock } = await fromPackage('testing/index.js')
const { pgStorage } = await fromPackage('storage/pg.js')
const { default: twinlock } = await fromPackage('fastify/index.js')

/** Connections of the storage: what an application gives it that serves 64 clients at once on two cores. */
const CONNECTIONS = 8

const clock = new VirtualClock()
const storage = pgStorage(process.argv[2], { connections: CONNECTIONS })
const twoFactor = new TwoFactor({ issuer: 'Acme', storage, keys: KeyRing.generate(), clock: clock.now })

const app = fastify()
await app.register(twinlock, {
  twoFactor,
  prefix: '/2fa',
  proof: 'bearer',
  user: () => undefined,
  onVerified: (_request, verified) => ({ signed_in: verified.userId }),
})
// The password is not what is measured here.
app.post('/login', (request, reply) => app.twinlock.login(request, reply, { id: request.body.user }))

async function enrol(id) {
  const { setup, secret } = await twoFactor.beginEnrollment(id, { accountName: id })
  await twoFactor.confirmEnrollment(id, { setup, code: new FakePhone(secret, clock).code() })
  return [id, secret]
}

process.on('message', async message => {
  if (message.now !== undefined) clock.advance(message.now - clock.now())
  const secrets = message.enrol ? Object.fromEntries(await Promise.all(message.enrol.map(enrol))) : {}
  process.send({ secrets, now: clock.now() })
})
process.on('disconnect', () => process.exit())
process.send({ address: await app.listen({ host: '127.0.0.1', port: 0 }), now: clock.now() })
