/**
 * Request bodies: at most 10 kB of JSON, then each member in exactly the type that the contract says.
 *
 * Members that the contract does not know are never looked at: a `user_id` in a body means nothing. Only own members count, so
 * nothing comes from a prototype, whoever made the object.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { refused } from './problems.ts'
import { parse } from './strict-json.ts'

/** Bytes that a body may have. */
export const LIMIT = 10_000

/** The members of a JSON object, taken by name. `null` counts as absent. */
export class Body {
  readonly #members: object

  /** @param members - the parsed object */
  constructor(members: object) {
    this.#members = members
  }

  /** A string, or `undefined` when it is absent. */
  optionalText(name: string): string | undefined {
    const value = this.#member(name)
    if (value === undefined || isText(value)) return value
    throw refused('malformed_request')
  }

  /** A string that must be there. */
  text(name: string): string {
    const value = this.optionalText(name)
    if (value === undefined) throw refused('malformed_request')
    return value
  }

  /** `true` or `false`; absent is false. */
  flag(name: string): boolean {
    const value = this.#member(name)
    if (value === undefined || typeof value === 'boolean') return value ?? false
    throw refused('malformed_request')
  }

  /** The code, or `undefined` when it is absent. A number would have lost its leading zeros, a list might equal who knows what. */
  optionalCode(): string | undefined {
    const value = this.#member('code')
    if (value === undefined || isText(value)) return value
    throw refused('malformed_code')
  }

  /** The code: a string that must be there. */
  code(): string {
    const value = this.optionalCode()
    if (value === undefined) throw refused('malformed_request')
    return value
  }

  /** The codes that followed; how many there must be is the engine's rule. */
  nextCodes(): string[] {
    const value = this.#member('next_codes')
    if (value === undefined) return []
    if (!Array.isArray(value) || !value.every(isText)) throw refused('malformed_code')
    return [...value]
  }

  /** All members: for an application that reads the same body. */
  get members(): object {
    return this.#members
  }

  #member(name: string): unknown {
    const members = this.#members as Record<string, unknown>
    return Object.hasOwn(members, name) ? (members[name] ?? undefined) : undefined
  }
}

/** A string that can be written as UTF-8; JSON lets lone surrogates through. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed()
}

/** Whether a request says that it has a body. */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Reads the JSON object of a request; no body at all is an empty one. */
export async function read(stream: Readable, headers: IncomingHttpHeaders): Promise<Body> {
  const bytes = await bytesOf(stream, headers)
  // Somebody has read it before us and kept it: better refused than taken for an empty one.
  if (bytes.length < declared(headers)) throw refused('malformed_request')
  return fromBytes(bytes, headers)
}

/** The same for bytes that somebody else has read. */
export function fromBytes(bytes: Uint8Array, headers: IncomingHttpHeaders): Body {
  if (bytes.length > LIMIT) throw refused('too_large')
  if (bytes.length === 0) return new Body({})
  mustBeJson(headers)
  try {
    return new Body(mustBeObject(parse(bytes)))
  } catch {
    throw refused('malformed_request')
  }
}

/** The same for a value that the framework has parsed: it may have taken more than we do, of other types. */
export function fromParsed(value: unknown, headers: IncomingHttpHeaders): Body {
  if (declared(headers) > LIMIT || sizeOf(value) > LIMIT) throw refused('too_large')
  mustBeJson(headers)
  return new Body(mustBeObject(value))
}

/** Parameters of the media type say nothing: JSON is UTF-8. What is packed is never unpacked, nor taken from who did. */
function mustBeJson(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json' || encoding !== 'identity') throw refused('not_json')
}

function mustBeObject(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('malformed_request')
  return value
}

function sizeOf(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '')
  } catch {
    throw refused('malformed_request')
  }
}

function declared(headers: IncomingHttpHeaders): number {
  const length = headers['content-length'] ?? ''
  return /^\d+$/.test(length) ? Number(length) : 0
}

function bytesOf(stream: Readable, headers: IncomingHttpHeaders): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (declared(headers) > LIMIT) return reject(refused('too_large'))
    if (stream.readableEnded) return resolve(Buffer.alloc(0))
    if (stream.destroyed) return reject(refused('malformed_request'))
    const chunks: Buffer[] = []
    let size = 0
    const settle = (finish: () => void) => {
      stream.off('data', take).off('end', end).off('close', broken).off('error', broken)
      // What still comes is let flow away, else it would stand before the connection's next request.
      stream.on('error', () => {}).resume()
      finish()
    }
    const take = (chunk: Buffer | string) => {
      size += chunk.length
      if (size > LIMIT) settle(() => reject(refused('too_large')))
      else chunks.push(Buffer.from(chunk as string))
    }
    const end = () => settle(() => resolve(Buffer.concat(chunks)))
    const broken = () => settle(() => reject(refused('malformed_request')))
    stream.on('data', take).on('end', end).on('close', broken).on('error', broken)
  })
}
