import { TwoFactorEvent } from '../../events.ts'
import { text, unreadable } from '../shared/rows.ts'

/** Where a user's record is. The braces make a cluster keep all of a user's keys in one slot. */
export function recordKey(prefix: string, userId: string): string {
  return `${prefix}:{${tag(userId)}}:record`
}

/** Where a user's events are. */
export function eventsKey(prefix: string, userId: string): string {
  return `${prefix}:{${tag(userId)}}:events`
}

/** Redis takes what stands before the first `}`, so there must be no other one. */
function tag(userId: string): string {
  return userId.replaceAll('%', '%25').replaceAll('}', '%7D')
}

/** Whose record that key is; `undefined` for a key of somebody else. */
export function userOf(prefix: string, key: string): string | undefined {
  if (!key.startsWith(`${prefix}:{`) || !key.endsWith('}:record')) return undefined
  const tag = key.slice(prefix.length + 2, -'}:record'.length)
  return tag.includes('}') ? undefined : tag.replaceAll('%7D', '}').replaceAll('%25', '%')
}

/** An event as it stands in the list: the JSON of the HTTP contract. */
export function eventToText(event: TwoFactorEvent): string {
  return JSON.stringify(event.body())
}

/** An event as it was stored. */
export function eventFromText(stored: unknown): TwoFactorEvent {
  const body = parsed(text(stored, 'events'))
  return TwoFactorEvent.fromRow({
    id: body['id'] as string,
    userId: body['user_id'] as string,
    type: body['type'] as string,
    at: body['at'] as number,
    success: body['success'] as boolean,
    method: body['method'] as string | null,
    actor: body['actor'] as string | null,
    context: body['context'] as string | null,
    detail: body['detail'] as object,
  })
}

function parsed(json: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(json)
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>
  } catch {
    // Refused below.
  }
  throw unreadable('events')
}
