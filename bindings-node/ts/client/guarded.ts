import type { Attempts } from './attempts.ts'
import type { Connection } from './transport.ts'
import { refusalIn } from './transport.ts'

/** `fetch` with the remedies; see `Client.fetch`. */
export async function guardedFetch(
  connection: Connection,
  attempts: Attempts,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const request = 'clone' in Object(input) ? (input as Request) : undefined
  if (!connection.isOurs(request?.url ?? String(input))) return connection.send(input, init)
  const method = init.method ?? request?.method ?? 'GET'
  // Browsers and Node take `Authorization` away from a redirect to another origin, but not our headers.
  const risky = connection.options.getToken && (request?.redirect ?? 'follow') === 'follow'
  const redirect: RequestInit = risky ? { redirect: 'error' } : {}
  return attempts.run<Response>({
    send(token) {
      const headers = connection.sign(new Headers(init.headers ?? request?.headers), method, token)
      // A request keeps its body for the next time.
      return connection.send(request?.clone() ?? input, { ...redirect, ...init, headers })
    },
    refusal: refusalIn,
    once: isStream(Object(init.body)),
    signal: init.signal ?? request?.signal,
  })
}

function isStream(body: object): boolean {
  return 'getReader' in body || Symbol.asyncIterator in body
}
