import { Attempts } from './attempts.ts'
import { guardedFetch } from './guarded.ts'
import type { CallOptions, ClientOptions, Proof } from './options.ts'
import { ProblemError } from './problem.ts'
import type { Answer } from './transport.ts'
import { Connection } from './transport.ts'
import type * as Body from './types.ts'

/** The administrators' calls. Each wants the application's permission, and changes want a fresh proof. */
export interface AdminClient {
  /** How many use it. */
  stats(options?: CallOptions): Promise<Body.Stats>
  /** The state of one user's second factor; a user nobody ever saw has none. */
  user(id: string, options?: CallOptions): Promise<Body.UserStatus>
  /** Wipes a user's second factor; your id and the reason go into the user's events. */
  reset(id: string, body: Body.ResetRequest, options?: CallOptions): Promise<void>
  /** Gives a user under attack a new budget of tries. */
  unlock(id: string, options?: CallOptions): Promise<void>
}

/**
 * The calls of the contract, one method each: first what stands in the path, then the body, then options.
 * Each resolves with the answer's body and rejects with a {@link ProblemError}, or with the reason of its signal.
 */
export interface Client<Host extends object = Record<string, unknown>> {
  /** Path or address of the contract. */
  readonly base: string
  /** All that a settings page needs. */
  status(options?: CallOptions): Promise<Body.Status>
  /** A new secret to scan; nothing is stored before it is confirmed. */
  setup(body?: Body.SetupRequest, options?: CallOptions): Promise<Body.Enrollment>
  /** The first code of the new authenticator; counts as a proof. */
  confirmSetup(body: Body.ConfirmRequest, options?: CallOptions): Promise<Body.Enrolled & Host>
  /** The second step of a sign-in. A 401 here is a wrong code, and nothing is refreshed or asked for. */
  verify(body: Body.VerifyRequest, options?: CallOptions): Promise<Body.Verified & Host>
  /** A fresh proof from a signed-in user. Send the `challenge` of a refusal with the next try. */
  stepUp(body: Body.StepUpRequest, options?: CallOptions): Promise<Body.SteppedUp & Host>
  /** A new set of backup codes; the old one ends. */
  backupCodes(options?: CallOptions): Promise<Body.BackupCodes>
  /** The user says that the backup codes are saved. */
  backupCodesSaved(options?: CallOptions): Promise<void>
  /** Renames an authenticator. */
  renameAuthenticator(id: string, body: Body.RenameRequest, options?: CallOptions): Promise<void>
  /** Removes an authenticator; the last one goes only by {@link Client.disable}. */
  removeAuthenticator(id: string, options?: CallOptions): Promise<void>
  /** The browsers that have passed the second factor. */
  devices(options?: CallOptions): Promise<Body.Devices>
  /** Forgets one device. */
  revokeDevice(id: string, options?: CallOptions): Promise<void>
  /** Forgets all devices. */
  revokeAllDevices(options?: CallOptions): Promise<void>
  /** One page of what happened to this account, newest first; `cursor` is the `next_cursor` of the page before. */
  events(options?: CallOptions & { cursor?: string | null | undefined }): Promise<Body.Events>
  /** Switches the second factor off. */
  disable(body?: Body.PasswordRequest, options?: CallOptions): Promise<void>
  /** The administrators' calls. */
  readonly admin: AdminClient
  /**
   * `fetch` for the application's own calls, with the same token and the same remedies: a 401 `not_signed_in` refreshes, a 401
   * `assurance_required` asks for a code, each once, and the call is sent again. A response of any other kind is given as it
   * came, and so is a refusal that the user would not help. Calls to another origin than the contract's are sent untouched.
   *
   * With `getToken`, redirects are refused unless `init.redirect` says otherwise: proofs would go along to wherever they lead.
   *
   * @throws {@link ProblemError} of code `not_signed_in` or `assurance_required` when the remedy was applied but the body is a
   *   stream, which can be read only once: make the request again. Otherwise what `fetch` throws.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Forgets the tokens in memory: call it when the user signs out without leaving the page. */
  forget(): void
}

/**
 * A client of the contract. It needs nothing but `fetch`.
 *
 * ```ts
 * const client = createClient({ base: '/2fa', getToken, stepUp: stepUpDialog() });
 * const { enabled } = await client.status();
 * const paid = await client.fetch('/payout', { method: 'POST', body });    // asks for a code when the server wants one
 * ```
 *
 * @typeParam Host - what the application adds to the answers of `/verify`, `/step-up` and `/setup/confirm`
 */
export function createClient<Host extends object = Record<string, unknown>>(
  options: ClientOptions<Host> = {},
): Client<Host> {
  const connection = new Connection(options)
  const token = async () => options.getToken?.({ refresh: false })
  const attempts = new Attempts({
    token,
    refresh: () => {
      const { refresh, getToken } = options
      if (!refresh) return getToken && (async () => getToken({ refresh: true }))
      return async () => {
        await refresh()
        return undefined
      }
    },
    prove: () => {
      const { stepUp } = options
      // A dialog with a client of its own hands the tokens over in its answer.
      return stepUp && (async refusal => connection.keep(await stepUp(client, refusal)))
    },
  })

  const call = async (method: string, url: string, body?: object, given: CallOptions = {}, guarded?: boolean) => {
    const { signal } = given
    const answer = await attempts.run<Answer>({
      send: current => connection.call(method, url, body, current, signal),
      refusal: ({ problem }) => problem,
      guarded,
      signal,
    })
    if (answer.problem) throw answer.problem
    connection.keep(answer.body)
    return answer.body as never
  }
  const at = (path: string) => connection.base + path
  const get = (path: string, given?: CallOptions) => call('GET', at(path), undefined, given)
  const post = (path: string, body: object, given?: CallOptions, guarded?: boolean) =>
    call('POST', at(path), body, given, guarded)
  const remove = (path: string, given?: CallOptions) => call('DELETE', at(path), undefined, given)
  const proof = async <Answer extends Proof>(sent: Promise<Answer & Host>) => {
    const answer = await sent
    attempts.proved()
    await options.onProof?.(answer)
    return answer
  }
  const authenticator = (id: string) => `/authenticators/${segment(id)}`
  const user = (id: string) => `${connection.adminBase}/users/${segment(id)}`

  const client: Client<Host> = {
    get base() {
      return connection.base
    },
    async status(given) {
      const status: Body.Status = await get('/status', given)
      if (status.csrf) connection.memory.csrf = status.csrf
      return status
    },
    setup: (body = {}, given) => post('/setup', body, given),
    confirmSetup: (body, given) => proof(post('/setup/confirm', body, given)),
    verify: (body, given) => proof(post('/verify', body, given, false)),
    stepUp: (body, given) => proof(post('/step-up', body, given, false)),
    backupCodes: given => post('/backup-codes', {}, given),
    backupCodesSaved: given => post('/backup-codes/saved', {}, given),
    renameAuthenticator: async (id, body, given) => call('PATCH', at(authenticator(id)), body, given),
    removeAuthenticator: async (id, given) => remove(authenticator(id), given),
    devices: given => get('/devices', given),
    revokeDevice: async (id, given) => remove(`/devices/${segment(id)}`, given),
    revokeAllDevices: given => remove('/devices', given),
    events: given => get(`/events${given?.cursor ? `?cursor=${encodeURIComponent(given.cursor)}` : ''}`, given),
    async disable(body = {}, given) {
      await post('/disable', body, given)
      connection.forget()
    },
    admin: {
      stats: given => call('GET', `${connection.adminBase}/stats`, undefined, given),
      user: async (id, given) => call('GET', user(id), undefined, given),
      reset: async (id, body, given) => call('POST', `${user(id)}/reset`, body, given),
      unlock: async (id, given) => call('POST', `${user(id)}/unlock`, {}, given),
    },
    fetch: (input, init) => guardedFetch(connection, attempts, input, init),
    forget() {
      connection.forget()
      delete connection.memory.csrf
    },
  }
  return client
}

// An id that vanishes from the address would turn one call into another: `DELETE /devices/` into all devices.
function segment(id: string): string {
  if (/^\.{0,2}$/.test(id)) throw new ProblemError('malformed_request', 0, { detail: 'no address can hold this id' })
  return encodeURIComponent(id)
}
