/** Walks the stories of tests/scenarios through the public API. README.md there is the vocabulary. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { isTwoFactorError, KeyRing, MemoryStorage, Policy, type Storage, TwoFactor } from 'twinlock'
import { FakePhone, VirtualClock } from 'twinlock/testing'

const ROOT = new URL('../../tests/', import.meta.url)
const read = (path: string) => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'))
const MANIFEST = read('manifest.json').scenarios as Record<string, number>
const STORIES = readdirSync(new URL('scenarios/', ROOT)).filter(name => name.endsWith('.json'))

const STORY = ['name', 'why', 'source', 'clock', 'policy', 'phones', 'steps']
const STEP = ['call', 'args', 'wait', 'times', 'scan', 'save', 'expect', 'writes', 'events', 'notices', 'note']
/** Calls that give a bare value, and the name it has in the stories. */
const BARE: Record<string, string> = {
  check_assurance: 'verified_at',
  regenerate_backup_codes: 'backup_codes',
  import_authenticator: 'authenticator_id',
  reseal: 'resealed',
}

interface Step {
  call: string
  args?: Record<string, unknown>
  wait?: number
  times?: number
  scan?: string
  save?: Record<string, string>
  expect?: Record<string, unknown>
  writes?: boolean
  events?: string[]
  notices?: string[]
}

interface Story {
  clock: number
  policy?: Record<string, unknown>
  phones?: Record<string, string>
  steps: Step[]
}

interface CodeSource {
  phone?: string
  step?: number
  wrong?: number
  backup?: string
  index?: number
}

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
const snake = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
const key = (id: string) => createHash('sha256').update(`twinlock scenario key ${id}`).digest()

function known(found: object, names: string[]): void {
  for (const name of Object.keys(found)) assert.ok(names.includes(name), `unknown key: ${name}`)
}

class Walker {
  readonly clock: VirtualClock
  readonly told: [type: string, durable: boolean][] = []
  readonly kept: Record<string, unknown> = {}
  readonly phones: Record<string, FakePhone> = {}
  readonly memory = new MemoryStorage()
  deployed: { keys: string[]; namespace: string; policy: Record<string, unknown> }
  twoFactor!: TwoFactor<Storage>

  constructor(
    readonly story: Story,
    readonly storage: (memory: MemoryStorage) => Storage,
  ) {
    known(story, STORY)
    this.clock = new VirtualClock(story.clock)
    this.deployed = { keys: ['2026a'], namespace: '', policy: story.policy ?? {} }
    for (const [name, uri] of Object.entries(story.phones ?? {})) this.phones[name] = new FakePhone(uri, this.clock)
    this.deploy()
  }

  deploy(): void {
    const { keys, namespace, policy } = this.deployed
    const settings = Object.fromEntries(Object.entries(policy).map(([name, value]) => [camel(name), value]))
    this.twoFactor = new TwoFactor({
      issuer: 'Acme',
      storage: this.storage(this.memory),
      keys: new KeyRing(keys.map(id => [id, key(id)] as const)),
      policy: new Policy(settings),
      namespace,
      clock: this.clock.now,
      onEvent: (event, durable) => this.told.push([event.type, durable]),
    })
  }

  async walk(): Promise<void> {
    for (const [number, step] of this.story.steps.entries()) {
      known(step, STEP)
      for (let time = 0; time < (step.times ?? 1); time++) {
        await this.take(step).catch(error => {
          error.message = `step ${number} (${step.call}), time ${time}: ${error.message}`
          throw error
        })
      }
    }
  }

  async take(step: Step): Promise<void> {
    this.clock.advance(step.wait ?? 0)
    if (step.call === 'restart') {
      known(step.args ?? {}, Object.keys(this.deployed))
      Object.assign(this.deployed, step.args)
      this.deploy()
      return
    }
    const { user_id: user = '42', ...given } = this.arguments(step.args ?? {})
    const before = this.version(user as string)
    this.told.length = 0
    const result = await this.outcome(step.call, user as string, {
      ...given,
      ...(step.args?.['user_id'] ? { userId: user } : {}),
    })
    this.compare(step, result, this.version(user as string) !== before)
    if (step.scan !== undefined) this.phones[step.scan] = new FakePhone(result['uri'] as string, this.clock)
    for (const [field, name] of Object.entries(step.save ?? {})) this.kept[name] = reach(result, field)
  }

  arguments(args: Record<string, unknown>): Record<string, unknown> {
    const entries = Object.entries(args).map(([name, value]) => {
      return [name === 'user_id' ? name : camel(name), this.argument(name, value)]
    })
    return Object.fromEntries(entries)
  }

  async outcome(call: string, user: string, options: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { challenge, ...rest } = options
    const subject = call === 'verify' ? challenge : user
    if (call !== 'verify') delete rest['userId']
    const operations = this.twoFactor as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
    try {
      return fields(call, await operations[camel(call)]?.call(this.twoFactor, subject, rest))
    } catch (error) {
      if (!isTwoFactorError(error)) throw error
      const { code, retryAfter, count } = error as { code: string; retryAfter?: number; count?: number }
      const refusal = { error: code, retry_after: retryAfter, count }
      return Object.fromEntries(Object.entries(refusal).filter(([, value]) => value !== undefined))
    }
  }

  compare(step: Step, result: Record<string, unknown>, written: boolean): void {
    const expected = step.expect ?? {}
    if (!('error' in expected)) assert.ok(!('error' in result), JSON.stringify(result))
    this.match(expected, result, 'result')
    if (step.writes !== undefined) assert.equal(written, step.writes, 'written')
    const told = (durable: boolean) => this.told.filter(([, stored]) => stored === durable).map(([type]) => type)
    if (step.events !== undefined) assert.deepEqual(told(true), step.events)
    if (step.notices !== undefined) assert.deepEqual(told(false), step.notices)
  }

  match(expected: unknown, found: unknown, where: string): void {
    if (Array.isArray(expected)) {
      assert.ok(Array.isArray(found) && found.length === expected.length, `${where}: ${JSON.stringify(found)}`)
      for (const [index, each] of expected.entries()) this.match(each, found[index], `${where}[${index}]`)
    } else if (typeof expected === 'object' && expected !== null) {
      for (const [field, value] of Object.entries(expected))
        this.match(value, reach(found, field), `${where}, ${field}`)
    } else if (Array.isArray(found) && typeof expected === 'number') {
      assert.equal(found.length, expected, where)
    } else if (expected === '*') {
      assert.ok(found !== undefined && found !== null, where)
    } else {
      const wanted = typeof expected === 'string' && expected.startsWith('$') ? this.keeping(expected) : expected
      assert.strictEqual(found ?? null, wanted, where)
    }
  }

  argument(name: string, value: unknown): unknown {
    if (typeof value === 'string' && value.startsWith('$')) return this.keeping(value)
    if (name === 'code') return this.code(value)
    if (name === 'next_codes') return (value as unknown[]).map(one => this.code(one))
    return value
  }

  keeping(reference: string): unknown {
    assert.ok(reference.slice(1) in this.kept, `nothing is kept as ${reference}`)
    return this.kept[reference.slice(1)]
  }

  code(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    const source = value as CodeSource
    const names = Object.keys(source).sort().join()
    if (names === 'phone,step') return this.phones[source.phone as string]?.codeAfter(source.step as number)
    if (names === 'backup,index') return (this.keeping(`$${source.backup}`) as string[])[source.index as number]
    assert.equal(names, 'wrong', `unknown source of a code: ${names}`)
    const steps = Array.from({ length: 81 }, (_, index) => index - 40)
    const near = new Set(Object.values(this.phones).flatMap(phone => steps.map(step => phone.codeAfter(step))))
    const written = (number: number) => String(number).padStart(source.wrong as number, '0')
    return written([...Array(10_000).keys()].find(number => !near.has(written(number))) as number)
  }

  version(user: string): number | undefined {
    return this.memory.load(user)?.version
  }
}

/** The result by the names of the stories. */
function fields(call: string, outcome: unknown): Record<string, unknown> {
  if (outcome === undefined) return {}
  const bare = BARE[call]
  if (bare !== undefined) return { [bare]: outcome }
  if (call === 'status') return (outcome as { body(): Record<string, unknown> }).body()
  const getters = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(outcome)))
  const names = getters.filter(([, { get }]) => get !== undefined).map(([name]) => name)
  return Object.fromEntries(names.map(name => [snake(name), (outcome as Record<string, unknown>)[name]]))
}

function reach(result: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((found, part) => (found as Record<string, unknown>)?.[part], result)
}

const byPromise = (memory: MemoryStorage): Storage => ({
  load: async userId => memory.load(userId),
  save: async (...given) => memory.save(...given),
  erase: async userId => memory.erase(userId),
})

for (const [form, storage] of [
  ['directly', (memory: MemoryStorage) => memory],
  ['by promise', byPromise],
] as const) {
  describe(`over a storage that answers ${form}`, () => {
    for (const name of STORIES) {
      test(name, () => new Walker(read(`scenarios/${name}`), storage).walk())
    }
  })
}

test('no story is missing or cut', () => {
  for (const [name, steps] of Object.entries(MANIFEST)) {
    assert.ok(STORIES.includes(name), name)
    assert.ok(read(`scenarios/${name}`).steps.length >= steps, name)
  }
})
