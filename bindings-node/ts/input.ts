/** Arguments, checked before anything is done with them. Nothing is coerced: what is not text is refused, never asked for `toString`. */
import { type TwoFactorError, twoFactorError } from './errors.ts'

/** What a value is, without looking into it. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}

export function malformed(message: string): TwoFactorError {
  return twoFactorError('malformed_request', { message })
}

export function misconfigured(message: string, cause?: unknown): TwoFactorError {
  return twoFactorError('configuration_error', { message, cause })
}

/** Text of whole characters: a lone surrogate would reach the engine as another text. */
export function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value.isWellFormed()) return value
  throw malformed(
    typeof value === 'string' ? `${name} holds half a character` : `${name} must be text, not ${typeOf(value)}`,
  )
}

export function optionalText(value: unknown, name: string): string | undefined {
  return value === undefined ? undefined : text(value, name)
}

export function optionalFlag(value: unknown, name: string): boolean {
  if (value === undefined) return false
  if (typeof value === 'boolean') return value
  throw malformed(`${name} must be true or false, not ${typeOf(value)}`)
}

/** A list of texts; how many there must be is the engine's to say. */
export function optionalTexts(value: unknown, name: string): string[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw malformed(`${name} must be a list of text, not ${typeOf(value)}`)
  // Not a code of any number of codes: no reason to read them all.
  return Array.from(value.slice(0, 4), one => text(one, name))
}

/** A whole number of that range. */
export function whole(value: unknown, name: string, least: number, most: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
  throw malformed(`${name} must be a whole number of ${least} to ${most}`)
}

export function optionalWhole(value: unknown, name: string, least: number, most: number): number | undefined {
  return value === undefined ? undefined : whole(value, name, least, most)
}

/** The object of named arguments. */
export function named<T extends object>(value: T): T {
  if (typeof value === 'object' && value !== null) return value
  throw malformed(`the options must be an object, not ${typeOf(value)}`)
}
