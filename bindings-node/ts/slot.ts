/**
 * One operation on its way: a native call that decides, and the buffer into which it writes what it decided.
 *
 * A slot is used for one operation at a time and then again for the next. The engine knows it by its number: a native object costs
 * more than a verification to make, and as much as opening a token to use.
 * The layout of the buffer is `src/layout.rs`; both files change together.
 */
import { CODES, type Operation, type TwoFactorError, twoFactorError } from './errors.ts'
import { Batch, type TwoFactorEvent } from './events.ts'
import { type Engine, native } from './native.ts'
import type { StoredRecord } from './storage.ts'

/** What a decision wants done before it is told. */
export const NOTHING = 0
export const SAVE = 1
export const ERASE = 2

const HEADER = 96
const TEXTS = 72
const ABSENT = 0xffffffff
/** Most steps fit; a longer one makes the buffer grow. */
const USUAL = 2048
/** A buffer that had to grow beyond this is not kept. */
const MOST = 2 ** 16

export class Slot {
  /** By which the engine knows it. */
  readonly id: number
  readonly #keyId: string
  #bytes!: Buffer
  #view!: DataView
  #used = 0
  /** How much of it an operation has written, what was loaded included. */
  #written = 0
  /** Where the events begin. Fields, not private getters: V8 looks those up each time. */
  #eventsAt = 0
  /** How to read events and texts: what is plain ASCII, as most is, reads faster as Latin 1. */
  #encoding: 'latin1' | 'utf8' = 'utf8'
  /** The outcome's texts in one, where they are plain ASCII and somebody looked. */
  #texts: string | undefined

  /** The active key seals every record. */
  constructor(engine: Engine, activeKeyId: string) {
    this.id = engine.slot()
    this.#keyId = activeKeyId
    this.#grow(USUAL)
  }

  /** Gives it back to the engine: not to be used again. */
  release(): void {
    native.release(this.id)
  }

  #grow(size: number): void {
    const memory = new ArrayBuffer(size)
    this.#bytes = Buffer.from(memory)
    this.#view = new DataView(memory)
  }

  /** Decides on what was loaded. Gives what is to be done. */
  decide(row: StoredRecord | null, now: number): number {
    this.#load(row, now)
    let used = native.decide(this.id, this.#otherKey(row), this.#bytes)
    if (used < 0) {
      this.#grow(-used)
      used = native.copy(this.id, this.#bytes)
    }
    const view = this.#view
    this.#used = used
    if (used > this.#written) this.#written = used
    this.#eventsAt = HEADER + view.getUint32(16, true)
    this.#encoding = view.getUint32(92, true) === 1 ? 'latin1' : 'utf8'
    this.#texts = undefined
    return view.getUint32(0, true)
  }

  /** Nothing for the active key, which the engine knows: text takes its time to cross. */
  #otherKey(row: StoredRecord | null): string | undefined {
    return row === null || row.keyId === this.#keyId ? undefined : row.keyId
  }

  /** Puts into the buffer what the engine decides on. */
  #load(row: StoredRecord | null, now: number): void {
    const length = row === null ? 0 : row.data.length
    const written = HEADER + length
    if (written > this.#bytes.length) this.#grow(written)
    if (written > this.#written) this.#written = written
    const view = this.#view
    view.setFloat64(0, row === null ? -1 : row.version, true)
    view.setUint32(8, row?.enabled ? 1 : 0, true)
    view.setUint32(12, length, true)
    view.setFloat64(16, now, true)
    if (row !== null) this.#bytes.set(row.data, HEADER)
  }

  /** The record to save, in memory of its own. */
  record(): StoredRecord {
    const view = this.#view
    const length = view.getUint32(16, true)
    const data = Buffer.allocUnsafe(length)
    data.set(new Uint8Array(view.buffer, HEADER, length))
    return {
      version: view.getFloat64(8, true),
      enabled: view.getUint32(4, true) === 1,
      keyId: this.#keyId,
      data,
    }
  }

  /** Events of that user, to be stored with the record. */
  events(userId: string): TwoFactorEvent[] {
    return this.#batch(userId, this.#view.getUint32(20, true), this.#eventsAt, this.#view.getUint32(24, true))
  }

  /** Events of that user that are told, not stored. */
  notices(userId: string): TwoFactorEvent[] {
    const view = this.#view
    const start = this.#eventsAt + view.getUint32(24, true)
    return this.#batch(userId, view.getUint32(28, true), start, view.getUint32(32, true))
  }

  #batch(userId: string, count: number, start: number, length: number): TwoFactorEvent[] {
    if (count === 0) return []
    return Batch.written(this.#bytes.toString(this.#encoding, start, start + length), count, userId)
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
    let start = 0
    for (let before = 0; before < index; before++) {
      const other = view.getUint32(TEXTS + 4 * before, true)
      if (other !== ABSENT) start += other
    }
    const all = this.#eventsAt + view.getUint32(24, true) + view.getUint32(32, true)
    if (this.#encoding === 'utf8') return this.#bytes.toString('utf8', all + start, all + start + length)
    this.#texts ??= this.#bytes.toString('latin1', all, this.#used)
    return this.#texts.substring(start, start + length)
  }

  /** Nothing of an operation stays: the buffer may have held a secret, codes and tokens. */
  wipe(): void {
    this.#bytes.fill(0, 0, this.#written)
    if (this.#bytes.length > MOST) this.#grow(USUAL)
    this.#written = 0
    this.#used = 0
    this.#texts = undefined
  }
}
