/**
 * One operation on its way: a native call that decides, and the buffer into which it writes what it decided.
 *
 * A slot is used for one operation at a time and then again for the next: making a native object costs more than a verification.
 * The layout of the buffer is `src/layout.rs`; both files change together.
 */
import { CODES, type Operation, type TwoFactorError, twoFactorError } from './errors.ts'
import { Batch, type TwoFactorEvent } from './events.ts'
import type { Engine, Slot as NativeSlot } from './native.ts'
import type { StoredRecord } from './storage.ts'

/** What a decision wants done before it is told. */
export const NOTHING = 0
export const SAVE = 1
export const ERASE = 2

const HEADER = 96
const TEXTS = 72
const ABSENT = 0xffffffff
const NO_DATA = new Uint8Array(0)
/** Most steps fit; a longer one makes the buffer grow. */
const USUAL = 2048

export class Slot {
  readonly calls: NativeSlot
  #bytes!: Buffer
  #view!: DataView
  #used = 0

  constructor(engine: Engine) {
    this.calls = engine.slot()
    this.#grow(USUAL)
  }

  #grow(size: number): void {
    const memory = new ArrayBuffer(size)
    this.#bytes = Buffer.from(memory)
    this.#view = new DataView(memory)
  }

  /** Decides on what was loaded. Gives what is to be done. */
  decide(row: StoredRecord | null, now: number): number {
    const { calls } = this
    let used =
      row === null
        ? calls.decide(-1, false, '', NO_DATA, now, this.#bytes)
        : calls.decide(row.version, row.enabled, row.keyId, row.data, now, this.#bytes)
    if (used < 0) {
      this.#grow(-used)
      used = calls.copy(this.#bytes)
    }
    this.#used = used
    return this.#view.getUint32(0, true)
  }

  /** The record to save, in memory of its own. The active key seals every record. */
  record(keyId: string): StoredRecord {
    const view = this.#view
    return {
      version: view.getFloat64(8, true),
      enabled: view.getUint32(4, true) === 1,
      keyId,
      data: Buffer.from(this.#bytes.subarray(HEADER, HEADER + view.getUint32(16, true))),
    }
  }

  /** Events to be stored with the record. */
  events(): TwoFactorEvent[] {
    return this.#batch(this.#view.getUint32(20, true), this.#eventsAt, this.#view.getUint32(24, true))
  }

  /** Events that are told, not stored. */
  notices(): TwoFactorEvent[] {
    const view = this.#view
    const start = this.#eventsAt + view.getUint32(24, true)
    return this.#batch(view.getUint32(28, true), start, view.getUint32(32, true))
  }

  get #eventsAt(): number {
    return HEADER + this.#view.getUint32(16, true)
  }

  #batch(count: number, start: number, length: number): TwoFactorEvent[] {
    if (count === 0) return []
    return new Batch(this.#bytes.toString('utf8', start, start + length)).events(count)
  }

  /** The refusal, if the outcome is one. */
  error(operation: Operation): TwoFactorError | undefined {
    const view = this.#view
    if (view.getUint32(36, true) === 1) return undefined
    const code = CODES[this.first] ?? 'internal_error'
    const retryAfter = this.number < 0 ? undefined : this.number
    const count = this.second === 0 ? undefined : this.second
    return twoFactorError(code, { message: this.text(0), retryAfter, count, operation })
  }

  get number(): number {
    return this.#view.getFloat64(40, true)
  }

  get secondNumber(): number {
    return this.#view.getFloat64(64, true)
  }

  get first(): number {
    return this.#view.getUint32(48, true)
  }

  get second(): number {
    return this.#view.getUint32(52, true)
  }

  get third(): number {
    return this.#view.getUint32(56, true)
  }

  /** One of the outcome's five texts, where it is there. */
  text(index: number): string | undefined {
    const view = this.#view
    const length = view.getUint32(TEXTS + 4 * index, true)
    if (length === ABSENT) return undefined
    let start = this.#eventsAt + view.getUint32(24, true) + view.getUint32(32, true)
    for (let before = 0; before < index; before++) {
      const other = view.getUint32(TEXTS + 4 * before, true)
      if (other !== ABSENT) start += other
    }
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** Nothing of an operation stays: the buffer may have held a secret, codes and tokens. */
  wipe(): void {
    this.#bytes.fill(0, 0, this.#used)
    this.#used = 0
  }
}
