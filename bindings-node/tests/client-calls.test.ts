/** What each method of the client sends, and what it makes of the answer. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { beforeEach, describe, test } from 'node:test'
import { inspect } from 'node:util'
import type { Client } from 'twinlock/client'
import { createClient, isProblem, ProblemError } from 'twinlock/client'
import { Answers, problem } from './lib/answers.ts'

const server = await Answers.start()
beforeEach(() => server.reset())

const calls: [line: string, body: unknown, call: (client: Client) => Promise<unknown>][] = [
  ['GET /2fa/status', '', client => client.status()],
  ['POST /2fa/setup', {}, client => client.setup()],
  ['POST /2fa/setup', { setup: 's', password: 'p' }, client => client.setup({ setup: 's', password: 'p' })],
  ['POST /2fa/setup/confirm', { setup: 's', code: '1' }, client => client.confirmSetup({ setup: 's', code: '1' })],
  ['POST /2fa/verify', { code: '1', trust_device: true }, client => client.verify({ code: '1', trust_device: true })],
  ['POST /2fa/step-up', { code: '1', challenge: 'c' }, client => client.stepUp({ code: '1', challenge: 'c' })],
  ['POST /2fa/backup-codes', {}, client => client.backupCodes()],
  ['POST /2fa/backup-codes/saved', {}, client => client.backupCodesSaved()],
  ['PATCH /2fa/authenticators/a%2Fb', { name: 'n' }, client => client.renameAuthenticator('a/b', { name: 'n' })],
  ['DELETE /2fa/authenticators/a%3Fb', '', client => client.removeAuthenticator('a?b')],
  ['GET /2fa/devices', '', client => client.devices()],
  ['DELETE /2fa/devices/d', '', client => client.revokeDevice('d')],
  ['DELETE /2fa/devices', '', client => client.revokeAllDevices()],
  ['GET /2fa/events', '', client => client.events()],
  ['GET /2fa/events?cursor=a%26b', '', client => client.events({ cursor: 'a&b' })],
  ['POST /2fa/disable', { password: 'p' }, client => client.disable({ password: 'p' })],
  ['GET /2fa/admin/stats', '', client => client.admin.stats()],
  ['GET /2fa/admin/users/%E2%82%AC', '', client => client.admin.user('€')],
  ['POST /2fa/admin/users/42/reset', { reason: 'lost' }, client => client.admin.reset('42', { reason: 'lost' })],
  ['POST /2fa/admin/users/42/unlock', {}, client => client.admin.unlock('42')],
]

for (const [line, body, call] of calls) {
  test(`${line} sends ${JSON.stringify(body)}`, async () => {
    server.queue.push([200, { some: 'answer' }])
    const answer = await call(createClient({ base: server.base }))
    const [sent] = server.calls
    assert.equal(sent?.line, line)
    assert.deepEqual(sent?.body, body)
    assert.equal(sent?.headers['content-type'], line.startsWith('GET') ? undefined : 'application/json')
    if (!line.includes('disable')) assert.deepEqual(answer, { some: 'answer' })
  })
}

test('there is a method for every call of the contract', () => {
  const contract = readFileSync(new URL('../../contract/openapi.yaml', import.meta.url), 'utf8')
  const wanted: string[] = []
  let path = ''
  for (const line of contract.slice(contract.indexOf('\npaths:'), contract.indexOf('\ncomponents:')).split('\n')) {
    path = /^ {2}(\/.*):$/.exec(line)?.[1] ?? path
    const method = /^ {4}(get|post|put|patch|delete):$/.exec(line)?.[1]
    if (method) wanted.push(`${method.toUpperCase()} /2fa${path}`)
  }
  const pattern = (line: string) => line.replace(/\?.*/, '').replace(/(authenticators|devices|users)\/[^/]+/, '$1/{id}')
  assert.equal(wanted.length, 18)
  assert.deepEqual([...new Set(calls.map(([line]) => pattern(line)))].sort(), wanted.sort())
})

test('a base with a slash at its end and administrators elsewhere are reached, too', async () => {
  const client = createClient({ base: `${server.base}///`, adminBase: `${server.origin}/help-desk/` })
  await client.status()
  await client.admin.unlock('42')
  assert.deepEqual(server.lines, ['GET /2fa/status', 'POST /help-desk/users/42/unlock'])
})

test('an answer without a body gives nothing', async () => {
  server.queue.push([204])
  assert.equal(await createClient({ base: server.base }).backupCodesSaved(), undefined)
})

test('an id that would vanish from the address is refused before anything is sent', async () => {
  const client = createClient({ base: server.base })
  for (const id of ['', '.', '..']) {
    for (const call of [client.revokeDevice, client.removeAuthenticator, client.admin.user, client.admin.unlock]) {
      await assert.rejects(call(id), thrown => isProblem(thrown, 'malformed_request'))
    }
  }
  assert.deepEqual(server.lines, [])
})

describe('a refusal', () => {
  test('tells code, status and all that the server named', async () => {
    server.queue.push(problem(429, 'throttled', { retry_after: 30, count: 3, setup_url: '/settings' }))
    const refusal = await createClient({ base: server.base })
      .verify({ code: '1' })
      .catch((thrown: unknown) => thrown)
    assert.ok(refusal instanceof ProblemError)
    const { code, status, retryAfter, count, setupUrl, message } = refusal
    assert.deepEqual(
      { code, status, retryAfter, count, setupUrl, message },
      { code: 'throttled', status: 429, retryAfter: 30, count: 3, setupUrl: '/settings', message: 'told: throttled' },
    )
  })

  test('waits as long as Retry-After says where the problem names no time', async () => {
    const [status, body] = problem(503, 'contention')
    server.queue.push([status, body, { 'Retry-After': '1' }])
    const refused = createClient({ base: server.base }).status()
    await assert.rejects(refused, thrown => isProblem(thrown, 'contention') && thrown.retryAfter === 1)
  })

  test('hands over the challenge for the next try, but not to a log', async () => {
    server.queue.push(problem(400, 'invalid_code', { challenge: 'c-h-a-l-l' }))
    const refusal = await createClient({ base: server.base })
      .stepUp({ code: '1' })
      .catch((thrown: unknown) => thrown)
    assert.ok(isProblem(refusal, 'invalid_code'))
    assert.equal(refusal.challenge, 'c-h-a-l-l')
    assert.doesNotMatch(inspect(refusal, { depth: 9 }) + JSON.stringify(refusal), /c-h-a-l-l/)
  })

  test('is known by isProblem, also from another copy of the module, and nothing else is', () => {
    const theirs = Object.defineProperty(
      Object.assign(new Error('x'), { code: 'throttled' }),
      Symbol.for('twinlock.problem'),
      {},
    )
    assert.ok(isProblem(theirs))
    assert.ok(isProblem(theirs, 'invalid_code', 'throttled'))
    assert.ok(!isProblem(theirs, 'invalid_code'))
    for (const other of [null, undefined, 'throttled', new Error('throttled'), { code: 'throttled' }])
      assert.ok(!isProblem(other))
  })
})

describe('what is no answer of the contract', () => {
  test('an error page is unexpected', async () => {
    server.queue.push([502, '<h1>Bad gateway</h1>', { 'Content-Type': 'text/html' }])
    await assert.rejects(
      createClient({ base: server.base }).status(),
      thrown => isProblem(thrown, 'unexpected') && thrown.status === 502,
    )
  })

  test('a success that is no JSON is unexpected', async () => {
    server.queue.push([200, 'hello'])
    await assert.rejects(createClient({ base: server.base }).status(), thrown => isProblem(thrown, 'unexpected'))
  })

  test('a redirect is not followed: the code stays here', async () => {
    server.queue.push([307, '', { Location: `${server.base}/elsewhere` }])
    const refused = createClient({ base: server.base }).verify({ code: '123456' })
    await assert.rejects(refused, thrown => isProblem(thrown, 'network') && thrown.status === 0)
    assert.deepEqual(server.lines, ['POST /2fa/verify'])
  })

  test('a dead server is a network problem that names its cause', async () => {
    const refused = createClient({ base: 'http://127.0.0.1:1/2fa' }).status()
    await assert.rejects(refused, thrown => isProblem(thrown, 'network') && thrown.cause instanceof Error)
  })

  test('a server that does not answer in time is a network problem', async () => {
    const never = new Promise<never>(() => {})
    server.queue.push(() => never)
    const refused = createClient({ base: server.base, timeoutMs: 20 }).status()
    await assert.rejects(refused, thrown => isProblem(thrown, 'network'))
  })
})

describe('a signal', () => {
  test('ends the call with its reason', async () => {
    const control = new AbortController()
    server.queue.push(() => new Promise<never>(() => control.abort(new Error('enough'))))
    await assert.rejects(createClient({ base: server.base }).status({ signal: control.signal }), /enough/)
  })

  test('that was given already lets nothing out', async () => {
    const refused = createClient({ base: server.base }).status({ signal: AbortSignal.abort(new Error('enough')) })
    await assert.rejects(refused, /enough/)
    assert.deepEqual(server.lines, [])
  })
})

describe('tokens', () => {
  test('in bearer mode assurance and device come back as headers, and forget() drops them', async () => {
    const client = createClient({ base: server.base, getToken: () => 't' })
    server.queue.push([200, { method: 'totp', assurance: 'A', device: 'D' }])
    await client.verify({ challenge: 'c', code: '123456' })
    await client.backupCodes()
    client.forget()
    await client.backupCodes()
    const sent = server.calls.map(({ headers }) => [headers['twinlock-assurance'], headers['twinlock-device']])
    assert.deepEqual(sent, [
      [undefined, undefined],
      ['A', 'D'],
      [undefined, undefined],
    ])
    assert.equal(server.calls[1]?.headers.authorization, 'Bearer t')
  })

  test('a known browser says so at sign-in, before there is a token', async () => {
    const client = createClient({ base: server.base, getToken: () => null, memory: { assurance: 'A', device: 'D' } })
    await client.verify({ code: '123456' })
    const { headers } = server.calls[0] ?? assert.fail()
    assert.deepEqual([headers.authorization, headers['twinlock-assurance']], [undefined, undefined])
    assert.equal(headers['twinlock-device'], 'D')
  })

  test('without getToken no token of a body is kept or sent', async () => {
    const memory = {}
    const client = createClient({ base: server.base, memory })
    server.queue.push([200, { assurance: 'A', device: 'D' }])
    await client.verify({ code: '123456' })
    await client.backupCodes()
    assert.deepEqual(memory, {})
    assert.equal(server.calls[1]?.headers['twinlock-assurance'], undefined)
  })

  test('switching off forgets the proof and the device, and keeps the CSRF token', async () => {
    const memory = { assurance: 'A', device: 'D', csrf: 'x' }
    await createClient({ base: server.base, getToken: () => 't', memory }).disable()
    assert.deepEqual(memory, { csrf: 'x' })
  })

  test('the CSRF token of the status goes with unsafe calls only', async () => {
    const client = createClient({ base: server.base, csrfHeader: 'X-CSRFToken' })
    server.queue.push([200, { csrf: 'from status' }])
    await client.status()
    await client.devices()
    await client.revokeAllDevices()
    const sent = server.calls.map(({ headers }) => headers['x-csrftoken'])
    assert.deepEqual(sent, [undefined, undefined, 'from status'])
  })

  test('stand in no address and nothing printed', async () => {
    const client = createClient({ base: server.base, getToken: () => 't-o-k-e-n' })
    server.queue.push([200, { assurance: 'a-s-s', device: 'd-e-v' }])
    await client.stepUp({ code: '123456', challenge: 'c-h-a' })
    await client.events({ cursor: 'next' })
    assert.doesNotMatch(server.lines.join(), /t-o-k|a-s-s|d-e-v|c-h-a|123456/)
    assert.doesNotMatch(inspect(client, { depth: 9, showHidden: true }), /t-o-k-e-n|a-s-s|d-e-v/)
  })
})

test('every proof is told before the call resolves', async () => {
  const told: unknown[] = []
  const client = createClient({ base: server.base, onProof: answer => told.push(answer['access_token']) })
  server.otherwise = () => [200, { access_token: server.calls.length }]
  await client.verify({ code: '1' })
  await client.stepUp({ code: '1' })
  await client.confirmSetup({ setup: 's', code: '1' })
  await client.status()
  assert.deepEqual(told, [1, 2, 3])
})
