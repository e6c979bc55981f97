/** The keys that seal records and tokens. */
import { readFileSync } from 'node:fs'
import { inspect, types } from 'node:util'
import { guarded } from './errors.ts'
import { misconfigured, typeOf } from './input.ts'
import { native } from './native.ts'

/** Keys of 32 bytes by id. */
export type Keys = Readonly<Record<string, Uint8Array>> | readonly (readonly [id: string, key: Uint8Array])[]

const BRAND = Symbol.for('twinlock.keys')

/** The keys that seal records and tokens, by id; the first is the active one. Printed, it shows the ids only. */
export class KeyRing {
  readonly #ring: native.KeyRing

  /**
   * Keys of 32 random bytes by id (1 to 16 letters, digits, dots, hyphens, underscores), the active one first: an object, or a
   * list of pairs. JavaScript moves integer-like names (`2026`) of an object to the front, so those are taken in a list only.
   *
   * @throws `configuration_error`
   */
  constructor(keys: Keys) {
    this.#ring = (keys as unknown) instanceof native.KeyRing ? (keys as unknown as native.KeyRing) : ringOf(keys)
  }

  /** Reads `id:base64,id:base64` as in `TWINLOCK_KEYS`; line ends separate too. */
  static fromText(text: string): KeyRing {
    if (typeof text !== 'string') throw misconfigured(`keys must be text, not ${typeOf(text)}`)
    return new KeyRing(guarded(() => native.KeyRing.fromText(text)) as unknown as Keys)
  }

  /** A ring with one new random key. */
  static generate(id = 'k1'): KeyRing {
    if (typeof id !== 'string') throw misconfigured(`the id of a key must be text, not ${typeOf(id)}`)
    return new KeyRing(guarded(() => native.KeyRing.generate(id)) as unknown as Keys)
  }

  /** @internal What the engine takes. A ring of another copy of this package is read anew. */
  static native(keys: unknown): native.KeyRing {
    if (typeof keys === 'object' && keys !== null) {
      if (#ring in keys) return keys.#ring
      if (BRAND in keys) return KeyRing.fromText((keys as unknown as KeyRing).toText()).#ring
    }
    throw misconfigured(`keys must be a KeyRing, not ${typeOf(keys)}`)
  }

  /** The keys as `fromText` reads them. This is the secret itself. */
  toText(): string {
    return this.#ring.toText()
  }

  /** The id of the key that seals. */
  get activeId(): string {
    return this.#ring.activeId
  }

  /** @internal */
  [inspect.custom](): string {
    return this.#ring.describe()
  }
}
Object.defineProperty(KeyRing.prototype, BRAND, { value: true })

function ringOf(keys: Keys): native.KeyRing {
  if (typeof keys !== 'object' || keys === null) throw misconfigured(`keys must be an object, not ${typeOf(keys)}`)
  const pairs = Array.isArray(keys) ? keys : Object.entries(keys)
  if (!Array.isArray(keys) && pairs.some(([id]) => /^\d+$/.test(id))) {
    throw misconfigured('JavaScript sorts numeric names of an object: give these keys as a list of [id, key] pairs')
  }
  const ids: string[] = []
  const bytes: Uint8Array[] = []
  for (const pair of pairs) {
    const [id, key] = Array.isArray(pair) ? pair : []
    if (typeof id !== 'string' || !types.isUint8Array(key) || key.length !== 32) {
      throw misconfigured('keys must be ids with keys of 32 bytes')
    }
    ids.push(id)
    bytes.push(key)
  }
  return guarded(() => new native.KeyRing(ids, bytes))
}

/** The keys of `TWINLOCK_KEYS`, else of the file that `TWINLOCK_KEYS_FILE` names. */
export function keysFromEnvironment(): KeyRing {
  const { TWINLOCK_KEYS: text, TWINLOCK_KEYS_FILE: file } = process.env
  if (text) return KeyRing.fromText(text)
  if (file) return KeyRing.fromText(read(file))
  throw misconfigured(
    'there are no keys: make one with `npx twinlock keygen` and set TWINLOCK_KEYS to what it prints, or ' +
      'TWINLOCK_KEYS_FILE to a file that holds it, or pass keys: new KeyRing(...)',
  )
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw misconfigured('the file that TWINLOCK_KEYS_FILE names cannot be read', error)
  }
}
