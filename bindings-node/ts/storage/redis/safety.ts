import { misconfigured } from '../shared/options.ts'
import { text } from '../shared/rows.ts'
import type { Wire } from './clients.ts'

/** Refuses servers that drop records when memory is short, and replicas, which lag. */
export async function refuseUnlessSafe(wire: Wire, signal: AbortSignal): Promise<void> {
  for (const ask of await wire.primaries()) {
    // INFO rather than CONFIG, which hosted servers do not answer.
    const info = text(await ask(['INFO'], signal), 'INFO')
    const told = (name: string) => new RegExp(`^${name}:(.*?)\\s*$`, 'm').exec(info)?.[1]
    const policy = told('maxmemory_policy')
    if (policy !== 'noeviction') {
      throw misconfigured(
        `Redis must have maxmemory-policy noeviction, not ${policy ?? 'an unknown one'}: an evicted record is a user without a second factor`,
      )
    }
    if (told('role') !== 'master') {
      throw misconfigured('that Redis is a replica, which may not know yet that a code is used: connect to the primary')
    }
  }
}
