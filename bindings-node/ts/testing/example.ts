import { randomBytes } from 'node:crypto'
import { TwoFactorEvent } from '../events.ts'

/** What an example event is about. */
export interface ExampleEvent {
  /** Default `42`. */
  userId?: string
  /** Default `verified`. */
  type?: string
  /** Unix seconds, default 1,700,000,000. */
  at?: number
  /** Orders events of one second: the higher, the later. 0 to 4,095, default 0. */
  number?: number
}

/**
 * An event as a storage meets it, with every field that can be filled. Its id is a UUIDv7, no two alike.
 *
 * ```ts
 * await storage.save('42', null, record, [exampleEvent({ userId: '42', type: 'failed' })]);
 * ```
 */
export function exampleEvent({
  userId = '42',
  type = 'verified',
  at = 1_700_000_000,
  number = 0,
}: ExampleEvent = {}): TwoFactorEvent {
  const id = randomBytes(16)
  id.writeUIntBE(at * 1000, 0, 6)
  id.writeUInt16BE(0x7000 | number, 6)
  id[8] = 0x80 | ((id[8] ?? 0) & 0x3f)
  return TwoFactorEvent.fromRow({
    id,
    userId,
    type,
    at,
    success: type !== 'failed',
    method: 'totp',
    actor: null,
    context: '192.0.2.1 é "\u{1f511}"',
    detail: '{"left":3}',
  })
}
