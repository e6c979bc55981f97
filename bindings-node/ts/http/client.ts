/** Who calls, for events and device lists: a short description of browser and address. */
import { StringDecoder } from 'node:string_decoder'

const LIMIT = 256
// The first that occurs wins: every browser names its forebears as well.
const BROWSERS = [
  ['Edg/', 'Edge'],
  ['EdgA/', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const
const SYSTEMS = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Macintosh', 'macOS'],
  ['Linux', 'Linux'],
] as const

/** For example `Firefox on Linux (203.0.113.7)`: the browser first, because device labels show the beginning only. */
export function context(agent: string, address: string | undefined): string {
  // How a socket that takes both kinds writes an IPv4 address.
  const where = address ? ` (${printable(address.replace(/^::ffff:(?=\d+\.)/, ''))})` : ''
  const room = LIMIT - Buffer.byteLength(where)
  return truncated(truncated(describe(agent), room) + where, LIMIT)
}

/** Browser and system of a `User-Agent`; the text itself when it is none we know. */
export function describe(agent: string): string {
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1]
  const system = SYSTEMS.find(([mark]) => agent.includes(mark))?.[1]
  if (browser && system) return `${browser} on ${system}`
  return printable(agent) || 'unknown client'
}

/** The beginning of a text, at most so many bytes of UTF-8, cut at a character. */
export function truncated(text: string, bytes: number): string {
  return new StringDecoder('utf8').write(Buffer.from(text).subarray(0, Math.max(bytes, 0)))
}

function printable(text: string): string {
  return text.replace(/[\p{C}\p{Z}]/gu, ' ').trim()
}
