/**
 * The way to the server: one client for Twinlock's elements and for our own calls, so that both share one refresh and one step-up.
 *
 * Pages and API have one origin. The server keeps access, refresh and device token in HttpOnly cookies and shows them to no script: there
 * is no token in this program, and so none in web storage, an address or the document.
 */
import { createClient, isProblem, ProblemError } from 'twinlock/client'
import { openStepUp } from 'twinlock/web'

/** What the application's refusals tell (RFC 9457), beside Twinlock's own members. */
interface ProblemBody {
  readonly code?: string
  readonly title?: string
  readonly retry_after?: number
  readonly fields?: readonly { readonly field: string; readonly message: string }[]
}

/** A refusal of one of our own calls. */
export class Refusal extends Error {
  readonly status: number
  readonly problem: ProblemBody

  constructor(status: number, problem: ProblemBody) {
    super(problem.title ?? 'something went wrong')
    this.status = status
    this.problem = problem
  }
}

/** Tells that the server has ended the session. */
export const sessionEnds = new EventTarget()

/**
 * Twinlock's client. It refreshes on `not_signed_in` and asks for a code on `assurance_required`, each once, and on nothing else; then it
 * sends the call again.
 */
export const client = createClient({
  base: '/api/auth/2fa',
  refresh,
  stepUp: client => openStepUp({ client }),
})

/**
 * One call of the application's own API.
 * @param path - below `/api`
 * @throws Refusal when the server says no; ProblemError of code `network` when it says nothing
 */
export async function call<Answer = null>(method: string, path: string, body?: object): Promise<Answer> {
  const response = await reached(() => client.fetch(`/api${path}`, { method, ...json(body) }))
  const answer: unknown = response.status === 204 ? null : await response.json().catch(() => ({}))
  if (!response.ok) throw new Refusal(response.status, answer as ProblemBody)
  return answer as Answer
}

/** Whether something thrown is a refusal with one of these codes, Twinlock's or our own. */
export function isRefusal(thrown: unknown, ...codes: string[]): boolean {
  const code = thrown instanceof Refusal ? thrown.problem.code : isProblem(thrown) ? thrown.code : undefined
  return code !== undefined && codes.includes(code)
}

/** Renews the session. One tab at a time: a refresh token works once, and a second use would end the session. */
async function refresh(): Promise<void> {
  await navigator.locks.request('refresh', async () => {
    const { ok, status } = await reached(() => fetch('/api/auth/refresh', { method: 'POST', ...json() }))
    // Whatever was refused is sent once more, refused again, and says so itself.
    if (status === 401) sessionEnds.dispatchEvent(new Event('end'))
    else if (!ok) throw new ProblemError('unexpected', status)
  })
}

function json(body?: object): RequestInit {
  const common = { credentials: 'same-origin', cache: 'no-store', redirect: 'error' } as const
  if (body === undefined) return common
  return { ...common, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

async function reached(send: () => Promise<Response>): Promise<Response> {
  try {
    return await send()
  } catch (cause) {
    throw isProblem(cause) ? cause : new ProblemError('network', 0, { cause })
  }
}
