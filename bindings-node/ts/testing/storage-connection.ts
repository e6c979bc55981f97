import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { TwoFactorEvent } from '../events.ts'
import type { Reports, Storage, StoredRecord } from '../storage.ts'
import { must } from './must.ts'

/** A storage for the kit: how to open it, and what else the kit may use. */
export interface StorageUnderTest<S extends Storage = Storage> {
  /** Gives another connection to the same data each time; the same object again where there are no connections. */
  open(): S | Promise<S>
  /** Closes what `open` gave; called once for each call of it. */
  close?(storage: S): void | Promise<void>
  /**
   * For databases: begins a transaction of the application's own on the same database, awaits `save`, rolls back.
   * Without it the law about rollbacks is not tried.
   */
  rollback?(save: () => Promise<void>): Promise<void>
}

/** One connection, whose answers are checked: a storage that answers with the wrong type breaks any law. */
export class Connection {
  /**
   * @param storage - what answers
   * @param touched - the users to erase in the end
   */
  constructor(
    readonly storage: Storage,
    private readonly touched: Set<string>,
  ) {}

  /** The methods of `Reports` that this storage has. */
  get reports(): Partial<Reports> {
    return this.storage as Partial<Reports>
  }

  async load(userId: string): Promise<StoredRecord | null> {
    const record: unknown = await this.storage.load(userId)
    if (record === null) return null
    must(typeof record === 'object', `load must give a record or null, not ${kindOf(record)}`)
    const { version, enabled, keyId, data } = record as Record<keyof StoredRecord, unknown>
    must(typeof version === 'number', `version must be a number, not ${kindOf(version)}`)
    must(typeof enabled === 'boolean', `enabled must be a boolean, not ${kindOf(enabled)}`)
    must(typeof keyId === 'string', `keyId must be a string, not ${kindOf(keyId)}`)
    must(data instanceof Uint8Array, `data must be a Uint8Array, not ${kindOf(data)}`)
    return { version, enabled, keyId, data: Uint8Array.from(data) }
  }

  async save(
    userId: string,
    expected: number | null,
    record: StoredRecord,
    events: readonly TwoFactorEvent[] = [],
  ): Promise<boolean> {
    this.touched.add(userId)
    const won: unknown = await this.storage.save(userId, expected, record, events)
    must(typeof won === 'boolean', `save must give true or false, not ${kindOf(won)}`)
    return won
  }

  async erase(userId: string): Promise<void> {
    await this.storage.erase(userId)
  }

  /** Saves where nothing was. */
  async creates(userId: string, record: StoredRecord, events: readonly TwoFactorEvent[] = []): Promise<void> {
    must(await this.save(userId, null, record, events), `the first save of ${JSON.stringify(userId)} must create`)
  }
}

/** A record as the engine makes it. */
export function record(
  version: number,
  data: string | Uint8Array = 'data',
  others: Partial<StoredRecord> = {},
): StoredRecord {
  return { version, enabled: true, keyId: '2026a', data: Uint8Array.from(Buffer.from(data as string)), ...others }
}

/** Whether the two are one record. */
export function same(a: StoredRecord | null, b: StoredRecord): boolean {
  return isDeepStrictEqual(a && { ...a }, { ...b })
}

/** The name of a user that no other run of the kit has. */
export function user(about: string): string {
  return `kit-${about}-${randomBytes(6).toString('hex')}`
}

/** Opens connections for one law; behind it erases the users it made and closes them all. */
export async function connected<S extends Storage>(
  subject: StorageUnderTest<S>,
  body: (connect: () => Promise<Connection>) => Promise<void>,
): Promise<void> {
  const opened: S[] = []
  const touched = new Set<string>()
  const connect = async () => {
    const storage = await subject.open()
    opened.push(storage)
    return new Connection(storage, touched)
  }
  try {
    await body(connect)
    for (const userId of touched) await opened[0]?.erase(userId)
  } finally {
    for (const storage of opened) await subject.close?.(storage)
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  return Object.getPrototypeOf(value)?.constructor?.name ?? 'an object'
}
