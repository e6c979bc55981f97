import { randomUUID } from 'node:crypto'
import type { TwoFactorEvent } from '../events.ts'
import { KeyRing } from '../keys.ts'
import type { Storage, StoredRecord } from '../storage.ts'
import type { TwoFactor } from '../two-factor.ts'
import { type Clock, VirtualClock } from './clock.ts'
import { FaultyStorage, OrderedFailure } from './faulty.ts'
import { broken, must } from './must.ts'
import { FakePhone } from './phone.ts'

/** The operations that the kit needs of a driver; `TwoFactor` has them. */
export type DrivenBy = Pick<
  TwoFactor,
  'beginEnrollment' | 'confirmEnrollment' | 'afterFirstFactor' | 'verify' | 'status' | 'erase'
>

/** What a driver is made of in the kit: options of `TwoFactor`, to which the kit's user adds an `issuer`. */
export interface DriverParts {
  /** Stores, with faults to order. */
  storage: FaultyStorage
  /** Seal what is stored. */
  keys: KeyRing
  /** To be asked anew in every round. */
  clock: Clock
  /** To be told of events after their commit. */
  onEvent: (event: TwoFactorEvent, durable: boolean) => void
  /** Milliseconds after which a storage is given up. */
  storageTimeoutMs: number
}

/** Puts a driver together. */
export type MakeDriver = (parts: DriverParts) => DrivenBy

// Far above what a disk or a busy machine takes: only what is meant to be late may be.
const TIMEOUT_MS = 150
const LATE_MS = 500
/** A driver that has not answered by now hangs. */
const HANGS_MS = 2000

/** A user with a phone behind a driver, at the moment when a code is due. */
export class Bench {
  readonly time = new VirtualClock()
  readonly storage: FaultyStorage
  readonly driver: DrivenBy
  /** Another process on the same storage. */
  readonly elsewhere: DrivenBy
  readonly user = `driver-kit-${randomUUID()}`
  readonly told: [type: string, durable: boolean][] = []
  readonly kept: { given: StoredRecord; copy: Buffer }[] = []
  phone!: FakePhone
  backupCode!: string
  /** How often the clock was read. */
  readings = 0
  /** Seconds that pass whenever the clock is read. */
  ticks = 0
  /** What the clock shows instead of the time. */
  broken: (() => unknown) | undefined
  /** Done once, when the clock is read next. */
  hook: (() => void) | undefined
  /** Whether the application's listener throws. */
  listensBadly = false

  constructor(make: MakeDriver, inner: Storage, direct: boolean) {
    this.storage = new FaultyStorage({ inner: this.#watched(inner), lateMs: LATE_MS, direct })
    const parts: DriverParts = {
      storage: this.storage,
      keys: KeyRing.generate(),
      clock: () => this.#now(),
      onEvent: (event, durable) => this.#listen(event, durable),
      storageTimeoutMs: TIMEOUT_MS,
    }
    this.driver = make(parts)
    this.elsewhere = make({ ...parts })
  }

  /** Enrolls, and waits for codes that are unused. */
  async ready(): Promise<this> {
    const { setup, uri } = await this.driver.beginEnrollment(this.user, { accountName: 'kit@example.com' })
    this.phone = new FakePhone(uri, this.time)
    const enrolled = await this.driver.confirmEnrollment(this.user, { setup, code: this.phone.code() })
    this.backupCode = enrolled.backupCodes[0] ?? ''
    this.time.advance(60)
    this.told.length = 0
    return this
  }

  async challenge(): Promise<string> {
    const { challenge } = await this.driver.afterFirstFactor(this.user)
    must(challenge !== undefined, 'a user with a second factor must get a challenge')
    return challenge
  }

  verify(challenge: string, code = this.phone.code()): ReturnType<DrivenBy['verify']> {
    return this.driver.verify(challenge, { code })
  }

  async version(): Promise<number | null> {
    return (await this.storage.inner.load(this.user))?.version ?? null
  }

  #now(): number {
    this.readings += 1
    const { hook } = this
    this.hook = undefined
    hook?.()
    if (this.broken) return this.broken() as number
    const now = this.time.now()
    this.time.advance(this.ticks)
    return now
  }

  #listen(event: TwoFactorEvent, durable: boolean): void {
    if (this.listensBadly) throw new OrderedFailure('ordered: onEvent fails')
    this.told.push([event.type, durable])
  }

  /** Keeps what each save was given, and how it looked then. */
  #watched(inner: Storage): Storage {
    return {
      load: userId => inner.load(userId),
      save: (userId, expected, record, events) => {
        this.kept.push({ given: record, copy: Buffer.from(record.data) })
        return inner.save(userId, expected, record, events)
      },
      erase: userId => inner.erase(userId),
    }
  }
}

/** Holds an operation to a refusal with that code; gives the error. */
export async function refused(
  answer: Promise<unknown>,
  code: string,
  rule: string,
): Promise<Error & { code: string; cause?: unknown }> {
  const error = await errorOf(answer, `${rule}: it must be refused with ${code}, not hang`)
  must(error !== undefined, `${rule}: it must be refused with ${code}, not succeed`)
  const given = (error as { code?: unknown } | null)?.code
  must(
    error instanceof Error && given === code,
    `${rule}: it must be refused with ${code}, not ${String(given ?? error)}`,
  )
  return error as Error & { code: string }
}

async function errorOf(answer: Promise<unknown>, hangs: string): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(broken(hangs)), HANGS_MS)
  })
  const error = answer.then(
    () => undefined,
    (reason: unknown) => reason ?? null,
  )
  try {
    return await Promise.race([error, late])
  } finally {
    clearTimeout(timer)
  }
}
