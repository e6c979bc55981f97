import { type TwoFactorError, twoFactorError } from '../../errors.ts'

/** What every storage on a server understands. */
export interface ServerOptions {
  /**
   * How long one call may take, in milliseconds, with waiting for a connection and connecting: 100 to 60,000. Behind it the call
   * is refused with `storage_timeout`. Keep it below the engine's `storageTimeoutMs`. Default 4,000.
   */
  readonly timeoutMs?: number
}

/** Where the tables are. */
export interface TableOptions extends ServerOptions {
  /** Stands before the names of both tables: up to 32 of `a`–`z`, `0`–`9` and `_`. Default: nothing. */
  readonly prefix?: string
  /** How many connections of its own the storage may hold: 1 to 64. Default 4. */
  readonly connections?: number
}

export const TIMEOUT_MS = 4_000
export const CONNECTIONS = 4

/** A connection that was idle for so long is not used any more: something between may have forgotten it. */
export const IDLE_MS = 30_000

/** How long the server itself works on a statement: less than anybody waits, so that what was refused is rarely done. */
export function statementTimeout(timeoutMs: number): number {
  return Math.ceil(timeoutMs * 0.75)
}

/** The refusal for a setting. */
export function misconfigured(message: string): TwoFactorError {
  return twoFactorError('configuration_error', { message })
}

/** A whole number in its range, or the default where none is given. */
export function whole(
  name: string,
  value: unknown,
  standard: number,
  [least, most]: readonly [number, number],
): number {
  if (value === undefined) return standard
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw misconfigured(`${name} must be a whole number from ${least} to ${most}`)
}

export function timeout(options: ServerOptions): number {
  return whole('timeoutMs', options.timeoutMs, TIMEOUT_MS, [100, 60_000])
}

export function connections(options: TableOptions): number {
  return whole('connections', options.connections, CONNECTIONS, [1, 64])
}

/** A name that needs no quotes in any dialect, or the default where none is given. */
export function identifier(name: string, value: unknown, standard: string): string {
  if (value === undefined) return standard
  if (typeof value === 'string' && /^[a-z_][a-z0-9_]{0,31}$/.test(value)) return value
  if (value === '' && standard === '') return ''
  throw misconfigured(`${name} must be 1 to 32 of a-z, 0-9 and _, no digit first`)
}
