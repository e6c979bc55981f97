/** `client.fetch`: the application's own calls, guarded. */
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { ClientOptions } from 'twinlock/client'
import { createClient, isProblem, ProblemError } from 'twinlock/client'
import { Answers, problem } from './lib/answers.ts'

const [server, stranger] = [await Answers.start(), await Answers.start()]
beforeEach(() => [server, stranger].forEach(one => void one.reset()))

const make = (options: ClientOptions = {}) => createClient({ base: server.base, ...options })
const unproved = problem(401, 'assurance_required')
const unknown = problem(401, 'not_signed_in')
const post = { method: 'POST', body: 'amount=5', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }

describe('a guarded fetch', () => {
  test('sends what it is given and gives back what came', async () => {
    server.queue.push([418, 'short and stout', { 'X-Tea': 'green' }])
    const response = await make().fetch(`${server.origin}/payout?to=ada`, post)
    assert.deepEqual(
      [response.status, response.headers.get('x-tea'), await response.text()],
      [418, 'green', 'short and stout'],
    )
    const { line, headers, body } = server.calls[0] ?? assert.fail()
    assert.deepEqual(
      [line, headers['content-type'], body],
      ['POST /payout?to=ada', post.headers['Content-Type'], post.body],
    )
  })

  test('asks for a code on assurance_required and sends the same call once more', async () => {
    let asked = 0
    server.queue.push(unproved, [200, { paid: true }])
    const response = await make({ stepUp: () => asked++ }).fetch(`${server.origin}/payout`, post)
    assert.deepEqual(await response.json(), { paid: true })
    assert.equal(asked, 1)
    assert.deepEqual(
      server.calls.map(({ body }) => body),
      [post.body, post.body],
    )
  })

  test('a second refusal is given as it came, its body unread', async () => {
    server.otherwise = unproved
    const response = await make({ stepUp: () => 0 }).fetch(`${server.origin}/payout`, post)
    assert.match(await response.text(), /"code":"assurance_required"/)
    assert.equal(server.calls.length, 2)
  })

  test('gives the refusal when the user closes the dialog', async () => {
    server.otherwise = unproved
    const stepUp = async () => Promise.reject(new ProblemError('assurance_required', 401))
    const response = await make({ stepUp }).fetch(`${server.origin}/payout`)
    assert.deepEqual([response.status, await response.json()], [unproved[0], unproved[1]])
    assert.equal(server.calls.length, 1)
  })

  test('understands the guard by its header where the application wrote a page of its own', async () => {
    let asked = 0
    const header = 'Bearer error="insufficient_user_authentication", max_age="300"'
    server.queue.push([401, '<h1>No</h1>', { 'Content-Type': 'text/html', 'WWW-Authenticate': header }])
    assert.equal((await make({ stepUp: () => asked++ }).fetch(`${server.origin}/payout`)).status, 200)
    assert.equal(asked, 1)
  })

  test('refreshes on not_signed_in alone', async () => {
    const asked: boolean[] = []
    const client = make({ getToken: ({ refresh }) => `token ${asked.push(refresh)}` })
    for (const refusal of [
      unproved,
      problem(401, 'invalid_code'),
      [401, 'Unauthorized'],
      problem(403, 'not_signed_in'),
    ] as const) {
      server.queue.push(refusal)
      assert.notEqual((await client.fetch(`${server.origin}/payout`)).status, 200)
    }
    assert.deepEqual(asked, [false, false, false, false])
    server.queue.push(unknown)
    assert.equal((await client.fetch(`${server.origin}/payout`)).status, 200)
    assert.deepEqual(asked.slice(4), [false, true])
  })

  test('shares the step-up with calls of the contract', async () => {
    let asked = 0
    let proved = false
    server.otherwise = () => (proved ? [200, {}] : unproved)
    const client = make({
      async stepUp() {
        asked++
        while (server.calls.length < 2) await new Promise(setImmediate)
        await new Promise(setImmediate)
        proved = true
      },
    })
    await Promise.all([client.backupCodes(), client.fetch(`${server.origin}/payout`)])
    assert.equal(asked, 1)
  })

  test('ends with its signal, also while the user is asked', async () => {
    const control = new AbortController()
    server.queue.push(unproved)
    const client = make({ stepUp: () => new Promise(() => control.abort(new Error('enough'))) })
    await assert.rejects(client.fetch(`${server.origin}/payout`, { signal: control.signal }), /enough/)
  })

  test('a Request is sent again with its method, headers and body', async () => {
    server.queue.push(unproved)
    const client = make({ getToken: () => 't', stepUp: () => 0 })
    await client.fetch(
      new Request(`${server.origin}/payout`, { ...post, headers: { 'X-Own': '1', Authorization: 'Own' } }),
    )
    const sent = server.calls.map(({ line, body, headers }) => [line, body, headers['x-own'], headers.authorization])
    assert.deepEqual(sent, [
      ['POST /payout', post.body, '1', 'Own'],
      ['POST /payout', post.body, '1', 'Own'],
    ])
  })

  test('a stream is not sent again: the user is asked, and the error says to repeat', async () => {
    const streams = [
      new Blob(['a']).stream(),
      (async function* () {
        yield new TextEncoder().encode('a')
      })(),
    ]
    for (const body of streams) {
      server.reset()
      server.queue.push(unproved)
      let asked = 0
      const init = { method: 'PUT', body, duplex: 'half' } as unknown as RequestInit
      const refused = make({ stepUp: () => asked++ }).fetch(`${server.origin}/file`, init)
      await assert.rejects(
        refused,
        thrown => isProblem(thrown, 'assurance_required') && /stream .* not sent again/.test(thrown.message),
      )
      assert.deepEqual([asked, server.calls.length], [1, 1])
    }
  })

  test('a stream that is not refused goes through', async () => {
    const init = { method: 'PUT', body: new Blob(['abc']).stream(), duplex: 'half' } as RequestInit
    assert.equal((await make({ stepUp: () => 0 }).fetch(`${server.origin}/file`, init)).status, 200)
    assert.equal(server.calls[0]?.body, 'abc')
  })
})

describe('tokens of a guarded fetch', () => {
  const memory = { assurance: 'A', device: 'D', csrf: 'C' }
  const names = ['authorization', 'twinlock-assurance', 'twinlock-device', 'x-csrf-token']
  const options = { getToken: () => 't', memory }
  const sent = (one: Answers) => names.map(name => one.calls.at(-1)?.headers[name])

  test('go to the origin of the contract', async () => {
    await make(options).fetch(`${server.origin}/payout`, post)
    assert.deepEqual(sent(server), ['Bearer t', 'A', 'D', 'C'])
    await make(options).fetch(new URL(`${server.origin}/balance`))
    assert.deepEqual(sent(server), ['Bearer t', 'A', 'D', undefined])
  })

  test('go to no other origin, and nothing that it answers is believed', async () => {
    stranger.otherwise = unproved
    const client = make({ ...options, stepUp: () => assert.fail('asked'), getToken: () => assert.fail('asked') })
    for (const input of [`${stranger.origin}/2fa/status`, new Request(`${stranger.origin}/payout`, post)]) {
      assert.equal((await client.fetch(input)).status, 401)
      assert.deepEqual(sent(stranger), [undefined, undefined, undefined, undefined])
    }
  })

  test('go nowhere where an address has no origin to compare', async () => {
    const sentTo = async (input: string | URL | Request, init?: RequestInit) => {
      assert.deepEqual([input, [...new Headers(init?.headers)]], ['app://two/payout', []])
      return new Response()
    }
    await make({ ...options, base: 'app://one/2fa', fetch: sentTo }).fetch('app://two/payout')
  })

  test('follow no redirect to another origin', async () => {
    server.otherwise = [307, '', { Location: `${stranger.origin}/steal` }]
    await assert.rejects(make(options).fetch(`${server.origin}/payout`, post))
    await assert.rejects(make(options).fetch(new Request(`${server.origin}/payout`)))
    assert.deepEqual(stranger.lines, [])
  })

  test('redirects are the caller’s where the caller says so, or has no tokens here', async () => {
    server.otherwise = ({ line }) => (line.endsWith('/old') ? [307, '', { Location: '/new' }] : [200, {}])
    const cookies = await make().fetch(`${server.origin}/old`)
    const chosen = await make(options).fetch(`${server.origin}/old`, { redirect: 'follow' })
    assert.deepEqual([cookies.url, chosen.url], [`${server.origin}/new`, `${server.origin}/new`])
  })

  test('what the caller set stays', async () => {
    const headers = { Authorization: 'Basic own', 'X-CSRF-Token': 'own' }
    await make(options).fetch(`${server.origin}/payout`, { method: 'POST', headers })
    assert.deepEqual(sent(server), ['Basic own', 'A', 'D', 'own'])
  })
})

test('the given fetch sends everything', async () => {
  const urls: string[] = []
  const own: typeof fetch = (input, init) => {
    urls.push(String(input))
    return fetch(input, init)
  }
  const client = make({ fetch: own })
  await client.status()
  await client.fetch(`${server.origin}/payout`)
  await client.fetch(`${stranger.origin}/other`)
  assert.deepEqual(urls, [`${server.base}/status`, `${server.origin}/payout`, `${stranger.origin}/other`])
})
