/**
 * Logins on Fastify and PostgreSQL over loopback, for 1, 8 and 64 clients at once; run by `bench/measure/load.py`, for which it
 * prints one JSON object. Bounded: LOGINS logins for each number of clients, each of them both steps.
 *   node bench/node/load/main.mjs LOGINS
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { start } from '../../../tests/servers/servers.mjs'
import { fromPackage, pg } from './packages.mjs'

const { FakePhone } = await fromPackage('testing/index.js')
const CLIENTS = [1, 8, 64]
/** Seconds after which every code of the window is an unused one. */
const PAST_THE_WINDOW = 90
const logins = Number(process.argv[2])

const database = await start('postgres', { options: { shared_preload_libraries: 'pg_stat_statements' } })
const operator = new pg.Client({ connectionString: database.url, application_name: 'bench' })
await operator.connect()
await operator.query(readFileSync(new URL('../../../contract/schema/postgres.sql', import.meta.url), 'utf8'))
await operator.query('CREATE EXTENSION pg_stat_statements')

const server = fork(fileURLToPath(new URL('server.mjs', import.meta.url)), [database.url])
const [{ address, now: started }] = await once(server, 'message')
let now = started

async function ask(message) {
  server.send(message)
  return (await once(server, 'message'))[0]
}

function post(agent, path, body) {
  const { promise, resolve, reject } = withResolvers()
  const sent = request(new URL(path, address), { agent, method: 'POST', headers: { 'content-type': 'application/json' } })
  sent.on('error', reject).on('response', answer => {
    let text = ''
    answer.setEncoding('utf8').on('data', part => (text += part)).on('error', reject)
    answer.on('end', () => (answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(`${path}: ${text}`))))
  })
  sent.end(JSON.stringify(body))
  return promise
}

function withResolvers() {
  const resolvers = {}
  resolvers.promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }))
  return resolvers
}

/** Both steps of one user's login; the milliseconds they took. */
async function login(agent, [user, secret]) {
  const begun = performance.now()
  const { challenge } = await post(agent, '/login', { user })
  await post(agent, '/2fa/verify', { challenge, code: new FakePhone(secret, () => now).code() })
  return performance.now() - begun
}

async function round(clients, people) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const waiting = [...people]
  const took = []
  const client = async () => {
    for (let person = waiting.pop(); person; person = waiting.pop()) took.push(await login(agent, person))
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  const seconds = (performance.now() - begun) / 1000
  agent.destroy()
  took.sort((a, b) => a - b)
  return { clients, perSecond: people.length / seconds, p50: took[Math.floor(took.length / 2)], p99: took[Math.floor(took.length * 0.99)] }
}

/** What the server counted of its own accord: statements of ours, and commits that wrote. */
async function counted(work) {
  await operator.query('SELECT pg_stat_statements_reset()')
  await work()
  const { rows } = await operator.query("SELECT query, calls::int AS calls FROM pg_stat_statements WHERE query LIKE '%twinlock_%'")
  return rows
}

try {
  const ids = Array.from({ length: logins }, (_, index) => `user ${index}`)
  const people = Object.entries((await ask({ enrol: ids })).secrets)
  const later = async () => ({ now } = await ask({ now: now + PAST_THE_WINDOW }))
  await later()
  await round(8, people.slice(0, Math.ceil(people.length / 2))) // compiled code, prepared statements

  const rounds = []
  for (const clients of CLIENTS) {
    await later()
    rounds.push(await round(clients, people))
  }
  const statements = {}
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  await later()
  let challenge
  const [[user, secret]] = people
  statements.password = await counted(async () => ({ challenge } = await post(agent, '/login', { user })))
  const code = new FakePhone(secret, () => now).code()
  statements.verify = await counted(() => post(agent, '/2fa/verify', { challenge, code }))
  agent.destroy()
  console.log(JSON.stringify({ rounds, statements }))
} finally {
  server.disconnect()
  await operator.end()
  await database.stop()
}
