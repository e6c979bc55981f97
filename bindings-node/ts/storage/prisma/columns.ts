import type { TwoFactorEvent } from '../../events.ts'
import type { StoredRecord } from '../../storage.ts'
import type { Provider } from './client.ts'

/** How values go into Prisma's columns. */
export interface Columns {
  /** Whether text that is compared stands in columns of bytes. */
  readonly binary: boolean
  /** Text that is compared byte by byte. */
  readonly text: (value: string) => string | Uint8Array
  readonly record: (record: StoredRecord) => Record<string, unknown>
  readonly event: (event: TwoFactorEvent) => Record<string, unknown>
}

/** MySQL's collations fold, so there text that is compared is binary. */
export function columns(provider: Provider): Columns {
  const binary = provider === 'mysql'
  const text = (value: string) => (binary ? bytes(Buffer.from(value)) : value)
  return {
    binary,
    text,
    record: ({ version, enabled, keyId, data }) => ({
      version: BigInt(version),
      enabled,
      keyId: text(keyId),
      data: bytes(data),
    }),
    event(event) {
      const { id, userId, type, at, success, method, actor, context, detail } = event.toRow()
      return {
        id: bytes(id),
        userId: text(userId),
        type: text(type),
        at: BigInt(at),
        success,
        method: method === null ? null : text(method),
        actor,
        context,
        detail,
      }
    },
  }
}

/** A plain array of bytes: some of Prisma's adapters take a `Buffer` for text, or for all of the memory it is a part of. */
function bytes(value: Uint8Array): Uint8Array {
  return Uint8Array.from(value)
}
