/** What must compile and, on the lines after `@ts-expect-error`, what must not. Never run. */
import type { Client, LoginChallenge, ProblemCode, Status } from 'twinlock/client'
import { createClient, isProblem, ProblemError, stepUpDialog } from 'twinlock/client'

interface Host {
  access_token: string
}

const client = createClient<Host>({ base: '/2fa', getToken: () => 'token', stepUp: stepUpDialog() })
export const plain: Client = createClient({ stepUp: stepUpDialog({ lang: 'de' }) })

export async function bodies(login: LoginChallenge): Promise<void> {
  await client.verify({ challenge: login.challenge, code: '123456', next_codes: undefined, trust_device: true })
  // @ts-expect-error: a number would have lost its leading zeros
  await client.verify({ code: 123456 })
  // @ts-expect-error: no code
  await client.verify({ challenge: 'c' })
  // @ts-expect-error: no such member
  await client.verify({ code: '123456', trustDevice: true })
  // @ts-expect-error: no challenge from another call
  await client.stepUp({ code: '123456', setup: 's' })
  // @ts-expect-error: no setup
  await client.confirmSetup({ code: '123456' })
  // @ts-expect-error: no name
  await client.renameAuthenticator('id', {})
  // @ts-expect-error: no id
  await client.removeAuthenticator()
  // @ts-expect-error: a help desk gives its reason
  await client.admin.reset('42', {})
  // @ts-expect-error: no signal
  await client.status({ signal: 'now' })
}

export async function answers(): Promise<Status> {
  const verified = await client.verify({ code: '123456' })
  const token: string = verified.access_token
  const left: number = verified.backup_codes_left
  // @ts-expect-error: what the application never said it adds
  verified.refresh_token
  const { fresh_until } = await client.stepUp({ code: token + left })
  const { backup_codes } = await client.backupCodes()
  // @ts-expect-error: nothing is answered
  const { gone } = await client.disable()
  const unknown: unknown = (await plain.verify({ code: '1' }))['anything']
  // @ts-expect-error: nobody knows its type
  const text: string = (await plain.verify({ code: '1' }))['anything']
  console.log(fresh_until.toFixed(), backup_codes.join(), gone, unknown, text)
  return client.status()
}

export function refusals(thrown: unknown): number {
  if (isProblem(thrown, 'throttled', 'contention')) {
    const code: 'throttled' | 'contention' = thrown.code
    return thrown.retryAfter ?? code.length
  }
  if (isProblem(thrown)) {
    // @ts-expect-error: no such code
    if (thrown.code === 'trottled') return 0
    const code: ProblemCode = thrown.code
    return thrown.status + code.length
  }
  // @ts-expect-error: no such code
  return new ProblemError('trottled', 429).status
}

export const guarded: typeof fetch = client.fetch

// @ts-expect-error: tokens have no place in web storage
createClient({ storage: 'localStorage' })
// @ts-expect-error: a token is text
createClient({ getToken: () => 42 })
