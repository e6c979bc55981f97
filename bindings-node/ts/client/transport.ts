/** One request: where it goes, which headers it takes, and what becomes of the answer. */
import type { ClientOptions, Token, TokenMemory } from './options.ts'
import { isProblem, ProblemError, problemIn } from './problem.ts'

/** What there is of a browser; servers have none of it. */
const browser = globalThis as { document?: { cookie: string; baseURI: string }; location?: { href: string } }
const TIMEOUT_MS = 20_000
const JSON_TYPE = 'application/json'
// Node's types do not know it, and Node does not mind it.
const NO_STORE = { cache: 'no-store' } as const
const PROOFS = ['assurance', 'device'] as const

/** An answer of the contract, read to its end: what was asked for, or why not. */
export interface Answer {
  readonly body: unknown
  readonly problem?: ProblemError | undefined
}

/** The options as they are now, with their defaults. */
export class Connection {
  readonly options: ClientOptions<never>
  readonly #memory: TokenMemory = {}

  constructor(options: ClientOptions<never>) {
    this.options = options
  }

  get memory(): TokenMemory {
    return this.options.memory ?? this.#memory
  }

  get base(): string {
    return trimmed(this.options.base || '/2fa')
  }

  get adminBase(): string {
    return trimmed(this.options.adminBase || `${this.base}/admin`)
  }

  /** Our tokens go to the contract's own origin and nowhere else. */
  isOurs(url: string): boolean {
    const here = browser.document?.baseURI ?? browser.location?.href
    const { origin } = new URL(url, here)
    return origin !== 'null' && origin === new URL(this.base, here).origin
  }

  /** Sends through the given `fetch`, looked up at each call so that tests may replace the global one. */
  send(input: string | URL | Request, init: RequestInit): Promise<Response> {
    return (this.options.fetch ?? fetch)(input, init)
  }

  /** Adds what says who is calling; what the caller has set stays. */
  sign(headers: Headers, method: string, token: Token): Headers {
    const { csrfCookie, csrfHeader, getToken } = this.options
    const { assurance, device, csrf } = this.memory
    const add = (name: string, value: string | null | undefined): void => {
      if (value && !headers.has(name)) headers.set(name, value)
    }
    if (!/^(GET|HEAD)$/i.test(method)) add(csrfHeader || 'X-CSRF-Token', csrfCookie ? cookie(csrfCookie) : csrf)
    if (token) {
      add('Authorization', `Bearer ${token}`)
      add('Twinlock-Assurance', assurance)
    }
    // Before there is a token, at the second step of a sign-in, this browser may be known already.
    if (getToken) add('Twinlock-Device', device)
    return headers
  }

  /** A call of the contract, within its time. */
  async call(
    method: string,
    url: string,
    body: object | undefined,
    token: Token,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const control = new AbortController()
    const abort = (): void => control.abort()
    const timer = setTimeout(abort, this.options.timeoutMs ?? TIMEOUT_MS)
    signal?.addEventListener('abort', abort)
    try {
      signal?.throwIfAborted()
      const headers = new Headers({ Accept: JSON_TYPE })
      if (method !== 'GET') headers.set('Content-Type', JSON_TYPE)
      const response = await this.send(url, {
        method,
        headers: this.sign(headers, method, token),
        body: body ? JSON.stringify(body) : null,
        credentials: this.options.credentials ?? 'same-origin',
        // A redirect would carry the code to a place that nobody named.
        redirect: 'error',
        signal: control.signal,
        ...NO_STORE,
      })
      return answer(response, await response.text())
    } catch (cause) {
      if (signal?.aborted) throw signal.reason
      throw new ProblemError('network', 0, { cause })
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Keeps the tokens of an answer, where it is this client that has to send them back. */
  keep(body: unknown): void {
    if (!this.options.getToken) return
    for (const name of PROOFS) {
      const token = (Object(body) as Record<string, unknown>)[name]
      if (typeof token === 'string') this.memory[name] = token
    }
  }

  /** Drops the tokens that say who proved what. */
  forget(): void {
    for (const name of PROOFS) delete this.memory[name]
  }
}

/** The refusal in an answer of the application's own calls, if it is one that can be helped. */
export async function refusalIn(response: Response): Promise<ProblemError | undefined> {
  if (response.status !== 401) return undefined
  const problem = problemIn(json(await response.clone().text()), 401)
  if (isProblem(problem, 'not_signed_in', 'assurance_required')) return problem
  // An application's error handler may have put a page of its own round the guard's refusal: RFC 9470 says it too.
  const stepUp = response.headers.get('WWW-Authenticate')?.includes('insufficient_user_authentication')
  return stepUp ? new ProblemError('assurance_required', 401) : undefined
}

function answer({ ok, status, headers }: Response, text: string): Answer {
  const body = json(text)
  // What is neither empty nor JSON did not come from the contract.
  if (ok && (status === 204 || body !== undefined)) return { body }
  return { body, problem: problemIn(ok || body, status, headers.get('Retry-After')) }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, '')
}

function cookie(name: string): string | undefined {
  const found = browser.document?.cookie.split('; ').find(pair => pair.startsWith(`${name}=`))
  return found && decodeURIComponent(found.slice(name.length + 1))
}
