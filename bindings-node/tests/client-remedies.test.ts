/** What is done about a refusal, how often, and how many calls share it. */
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { ClientOptions } from 'twinlock/client'
import { createClient, isProblem, ProblemError } from 'twinlock/client'
import type { Call, Reply } from './lib/answers.ts'
import { Answers, problem } from './lib/answers.ts'

const server = await Answers.start()
beforeEach(() => server.reset())

const make = (options: ClientOptions = {}) => createClient({ base: server.base, ...options })
const unproved = problem(401, 'assurance_required')
const unknown = problem(401, 'not_signed_in')
const bearer = ({ headers }: Call) => headers.authorization?.slice('Bearer '.length)

/** Something that a test lets happen when it likes. */
function gate(): { open: () => void; opened: Promise<void> } {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, opened }
}

describe('not_signed_in', () => {
  test('asks for another token once and repeats the call with it', async () => {
    const asked: boolean[] = []
    server.queue.push(unknown)
    const getToken = ({ refresh }: { refresh: boolean }) => {
      asked.push(refresh)
      return refresh ? 'new' : 'old'
    }
    await make({ getToken }).status()
    assert.deepEqual(asked, [false, true])
    assert.deepEqual(server.calls.map(bearer), ['old', 'new'])
  })

  test('a second time is the answer', async () => {
    server.otherwise = unknown
    await assert.rejects(make({ getToken: () => 't' }).status(), thrown => isProblem(thrown, 'not_signed_in'))
    assert.equal(server.calls.length, 2)
  })

  test('renews a session of cookies by refresh()', async () => {
    let renewed = 0
    server.queue.push(unknown)
    await make({ refresh: async () => void renewed++ }).status()
    assert.deepEqual([renewed, server.calls.length], [1, 2])
  })

  test('without anything to refresh is the answer', async () => {
    server.otherwise = unknown
    await assert.rejects(make().status(), thrown => isProblem(thrown, 'not_signed_in'))
    assert.equal(server.calls.length, 1)
  })

  test('calls refused at once share one refresh', async () => {
    let token = 'old'
    let refreshes = 0
    const all = gate()
    server.otherwise = async (call): Promise<Reply> => {
      if (server.calls.length === 5) all.open()
      await all.opened
      return bearer(call) === 'new' ? [200, {}] : unknown
    }
    const client = make({
      getToken({ refresh }) {
        if (refresh) token = `new${refreshes++ || ''}`
        return token
      },
    })
    await Promise.all(Array.from({ length: 5 }, () => client.status()))
    assert.equal(refreshes, 1)
    assert.equal(server.calls.length, 10)
  })

  test('a call whose refusal comes late finds the new token there', async () => {
    let token = 'old'
    let refreshes = 0
    const late = gate()
    const getToken = ({ refresh }: { refresh: boolean }) => {
      if (refresh) token = `new ${++refreshes}`
      return token
    }
    const client = make({ getToken })
    server.queue.push(() => late.opened.then(() => unknown), unknown)
    const slow = client.devices()
    while (server.calls.length === 0) await new Promise(setImmediate)
    await client.status()
    late.open()
    await slow
    assert.equal(refreshes, 1)
    assert.deepEqual(server.calls.map(bearer), ['old', 'old', 'new 1', 'new 1'])
  })

  test('a refresh that fails is told as it failed, and is tried again by the next call', async () => {
    server.queue.push(unknown, unknown)
    let tries = 0
    const client = make({
      refresh: async () => {
        if (!tries++) throw new Error('the refresh endpoint is down')
      },
    })
    await assert.rejects(client.status(), /refresh endpoint is down/)
    await client.status()
    assert.equal(tries, 2)
  })
})

describe('nothing else refreshes a token', () => {
  const refusals: [string, Reply][] = [
    ['assurance_required', unproved],
    ['invalid_code', problem(401, 'invalid_code')],
    ['more_codes_required', problem(401, 'more_codes_required', { count: 3 })],
    ['challenge_expired', problem(410, 'challenge_expired')],
    ['throttled', problem(429, 'throttled', { retry_after: 9 })],
    ['not_enabled', problem(403, 'not_enabled')],
  ]
  test('and only assurance_required asks for a code', async () => {
    const client = make({ stepUp: () => assert.fail('asked') })
    for (const [code, refusal] of [...refusals.slice(1), ['not_signed_in', unknown] as const]) {
      server.queue.push(refusal)
      await assert.rejects(client.backupCodes(), thrown => isProblem(thrown) && thrown.code === code)
    }
  })

  for (const [code, refusal] of refusals) {
    test(code, async () => {
      server.otherwise = refusal
      const client = make({ getToken: ({ refresh }) => (refresh ? assert.fail('refreshed') : 't') })
      for (const call of [() => client.verify({ code: '1' }), () => client.stepUp({ code: '1' }), client.status]) {
        await assert.rejects(call(), thrown => isProblem(thrown) && thrown.code === code)
      }
      assert.equal(server.calls.length, 3)
    })
  }
})

describe('assurance_required', () => {
  test('asks for a code and repeats the call once, with the same body', async () => {
    const asked: unknown[] = []
    server.queue.push(unproved, [201, { setup: 's' }])
    const client = make({ stepUp: (by, refusal) => asked.push(by, refusal.code) })
    assert.equal((await client.setup({ password: 'p' })).setup, 's')
    assert.deepEqual(asked, [client, 'assurance_required'])
    assert.deepEqual(
      server.calls.map(({ body }) => body),
      [{ password: 'p' }, { password: 'p' }],
    )
  })

  test('a second time is the answer', async () => {
    let asked = 0
    server.otherwise = unproved
    await assert.rejects(make({ stepUp: () => asked++ }).backupCodes(), thrown =>
      isProblem(thrown, 'assurance_required'),
    )
    assert.deepEqual([asked, server.calls.length], [1, 2])
  })

  test('is the answer when the user closes the dialog, or nobody can be asked', async () => {
    server.otherwise = unproved
    const closed = make({ stepUp: async () => Promise.reject(new ProblemError('assurance_required', 401)) })
    for (const client of [closed, make()]) {
      await assert.rejects(client.status(), thrown => isProblem(thrown, 'assurance_required'))
    }
    assert.equal(server.calls.length, 2)
  })

  test('a dialog that breaks is told as it broke', async () => {
    server.otherwise = unproved
    await assert.rejects(make({ stepUp: () => assert.fail('the pages cannot be loaded') }).status(), /cannot be loaded/)
  })

  test('never asks from within a proof', async () => {
    server.otherwise = unproved
    const client = make({ stepUp: () => assert.fail('asked') })
    for (const call of [client.stepUp, client.verify]) {
      await assert.rejects(call({ code: '1' }), thrown => isProblem(thrown, 'assurance_required'))
    }
  })

  test('calls refused at once share one step-up', async () => {
    let asked = 0
    let proved = false
    const all = gate()
    server.otherwise = async (): Promise<Reply> => {
      if (server.calls.length === 5) all.open()
      await all.opened
      return proved ? [200, {}] : unproved
    }
    const client = make({
      async stepUp() {
        asked++
        await new Promise(setImmediate)
        proved = true
      },
    })
    await Promise.all(Array.from({ length: 5 }, () => client.backupCodes()))
    assert.deepEqual([asked, server.calls.length], [1, 10])
  })

  test('a call whose refusal comes late is repeated without asking again', async () => {
    const late = gate()
    const client = make({ stepUp: () => assert.fail('asked') })
    server.queue.push(() => late.opened.then(() => unproved))
    const slow = client.backupCodes()
    while (server.calls.length === 0) await new Promise(setImmediate)
    await client.stepUp({ code: '123456' })
    late.open()
    await slow
    assert.equal(server.calls.length, 3)
  })

  test('in bearer mode the repeated call carries the proof, whoever made it', async () => {
    const stepUps: NonNullable<ClientOptions['stepUp']>[] = [
      client => client.stepUp({ code: '123456' }),
      // A dialog that calls the server by itself.
      () => ({ method: 'totp', assurance: 'A', device: 'D' }),
    ]
    for (const stepUp of stepUps) {
      server.reset()
      server.otherwise = ({ line, headers }) => {
        if (line.endsWith('/step-up')) return [200, { method: 'totp', assurance: 'A', device: 'D' }]
        return headers['twinlock-assurance'] === 'A' && headers['twinlock-device'] === 'D' ? [200, {}] : unproved
      }
      await make({ getToken: () => 't', stepUp }).backupCodes()
    }
  })

  test('the repeated call carries the new token that came with the proof', async () => {
    let token = 'without proof'
    const client = make({
      getToken: () => token,
      onProof: answer => {
        token = String(answer['access_token'])
      },
      stepUp: by => by.stepUp({ code: '123456' }),
    })
    server.queue.push(unproved, [200, { access_token: 'with proof' }])
    await client.backupCodes()
    assert.deepEqual(server.calls.map(bearer), ['without proof', 'without proof', 'with proof'])
  })

  test('an abort while the user is asked ends this call alone', async () => {
    const [dialog, control] = [gate(), new AbortController()]
    server.queue.push(unproved, unproved)
    const client = make({ stepUp: () => dialog.opened })
    const [one, other] = [client.backupCodes({ signal: control.signal }), client.backupCodes()]
    while (server.calls.length < 2) await new Promise(setImmediate)
    control.abort(new Error('enough'))
    await assert.rejects(one, /enough/)
    dialog.open()
    await other
    assert.equal(server.calls.length, 3)
  })
})

test('a token that is refused and a proof that is missing are both helped, each once', async () => {
  server.queue.push(unknown, unproved)
  let asked = 0
  await make({ getToken: ({ refresh }) => (refresh ? 'new' : 'old'), stepUp: () => asked++ }).backupCodes()
  assert.equal(asked, 1)
  assert.deepEqual(server.calls.map(bearer), ['old', 'new', 'old'])
})
