/**
 * RFC 6238 by another hand than the engine's: `node:crypto` and thirty lines, so that a pretend phone can contradict it.
 */
import { createHmac } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Hash functions of RFC 6238, by the names that `otpauth://` URIs give them. */
export type PhoneAlgorithm = 'SHA1' | 'SHA256' | 'SHA512'

/** What a phone keeps for one account. */
export interface PhoneAccount {
  /** The shared secret. */
  readonly key: Uint8Array
  /** The hash function of the HMAC. */
  readonly algorithm: PhoneAlgorithm
  /** Digits of a code, 6 to 8. */
  readonly digits: number
  /** Seconds that a code lasts. */
  readonly period: number
}

/** Base32 as people type it: any case, with spaces, hyphens or padding. */
export function fromBase32(text: string): Uint8Array {
  const letters = text.replace(/[\s-]/g, '').replace(/=+$/, '').toUpperCase()
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const letter of letters) {
    const value = ALPHABET.indexOf(letter)
    if (value < 0) throw new Error('a secret is base32: letters A to Z and digits 2 to 7')
    held = ((held << 5) | value) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 0xff)
  }
  if (bytes.length === 0) throw new Error('a secret cannot be empty')
  return Uint8Array.from(bytes)
}

/** Reads an `otpauth://totp/` URI. */
export function fromUri(uri: string): PhoneAccount {
  const { protocol, host, searchParams } = new URL(uri)
  if (protocol !== 'otpauth:' || host !== 'totp') throw new Error('the URI must begin with otpauth://totp/')
  return account(searchParams.get('secret') ?? '', {
    algorithm: searchParams.get('algorithm') ?? undefined,
    digits: searchParams.get('digits') ?? undefined,
    period: searchParams.get('period') ?? undefined,
  })
}

/** Settings as they come from a URI or from a test. */
export interface RawSettings {
  readonly algorithm?: string | undefined
  readonly digits?: string | number | undefined
  readonly period?: string | number | undefined
}

/** An account from a base32 secret and settings. */
export function account(secret: string, settings: RawSettings = {}): PhoneAccount {
  const algorithm = String(settings.algorithm ?? 'SHA1').toUpperCase()
  if (algorithm !== 'SHA1' && algorithm !== 'SHA256' && algorithm !== 'SHA512') {
    throw new Error('the algorithm must be SHA1, SHA256 or SHA512')
  }
  return {
    key: fromBase32(secret),
    algorithm,
    digits: whole('digits', settings.digits ?? 6, 6, 8),
    period: whole('period', settings.period ?? 30, 1, 86_400),
  }
}

function whole(name: string, value: string | number, least: number, most: number): number {
  const number = typeof value === 'number' ? value : /^\d{1,6}$/.test(value) ? Number(value) : NaN
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(`${name} must be ${least} to ${most}`)
}

/** The code of that moment, in Unix seconds: RFC 4226 §5.3 over the time step. */
export function codeAt({ key, algorithm, digits, period }: PhoneAccount, now: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / period)))
  const mac = createHmac(algorithm, key).update(counter).digest()
  const offset = mac.readUInt8(mac.length - 1) & 0xf
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff
  return String(number % 10 ** digits).padStart(digits, '0')
}
