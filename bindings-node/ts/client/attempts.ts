/**
 * How often a call is sent, and what happens in between:
 *
 *   refused with `not_signed_in`       refresh, once      ─┐
 *   refused with `assurance_required`  step-up, once      ─┴─▶ the same call again
 *   anything else                      is the answer
 *
 * Never the other way round: a wrong code or a missing proof is no reason to refresh. Calls refused at the same time share one
 * refresh and one step-up, and one whose refusal comes late finds that it has been done.
 */
import type { Token } from './options.ts'
import { isProblem, ProblemError } from './problem.ts'

/** What the loop needs to know of the client around it. */
export interface Remedies {
  /** The token to send now. */
  token(): Promise<Token>
  /** A new one; absent where there is nothing to refresh. */
  refresh(): (() => Promise<Token>) | undefined
  /** Asks for a fresh code; absent where nobody can be asked. */
  prove(): ((refusal: ProblemError) => Promise<void>) | undefined
}

/** One kind of call. */
export interface Attempt<Answer> {
  send(token: Token): Promise<Answer>
  /** The refusal in an answer that may be helped, else nothing. */
  refusal(answer: Answer): Promise<ProblemError | undefined> | ProblemError | undefined
  /** False for calls that prove the second factor themselves, else true. */
  readonly guarded?: boolean | undefined
  /** True when the body is a stream, which can be read only once. */
  readonly once?: boolean
  readonly signal?: AbortSignal | null | undefined
}

/** Shared by all calls of one client. */
export class Attempts {
  readonly #remedies: Remedies
  readonly #refreshing = new Once<Token>()
  readonly #proving = new Once<void>()

  constructor(remedies: Remedies) {
    this.#remedies = remedies
  }

  /** Some call proved the second factor: whoever was refused before may simply try again. */
  proved(): void {
    this.#proving.done++
  }

  /** Sends until there is an answer to hand on. */
  async run<Answer>({ send, refusal, guarded = true, once, signal }: Attempt<Answer>): Promise<Answer> {
    let refresh = this.#remedies.refresh()
    let prove = guarded ? this.#remedies.prove() : undefined
    let fresh: Token
    for (;;) {
      const token = fresh ?? (await this.#remedies.token())
      const [refreshed, proved] = [this.#refreshing.done, this.#proving.done]
      const answer = await send(token)
      const refused = (refresh || prove) && (await refusal(answer))
      if (refused?.code === 'not_signed_in' && refresh) {
        fresh = await unlessAborted(this.#refreshing.since(refreshed, refresh), signal)
        refresh = undefined
      } else if (refused?.code === 'assurance_required' && prove) {
        const ask = prove.bind(undefined, refused)
        try {
          await unlessAborted(this.#proving.since(proved, ask), signal)
        } catch (thrown) {
          // The user closed the dialog: the refusal stands.
          if (isProblem(thrown, refused.code)) return answer
          throw thrown
        }
        // The proof may have come with a new token.
        fresh = prove = undefined
      } else return answer
      if (once) throw onlyOnce(refused)
    }
  }
}

/** Something that callers do together, and that nobody does again who began before it was done. */
class Once<Result> {
  done = 0
  #running: Promise<Result> | undefined

  /** Does it, unless it has been done since the caller saw `seen`. */
  async since(seen: number, work: () => Promise<Result>): Promise<Result | undefined> {
    if (seen !== this.done && !this.#running) return undefined
    this.#running ??= work()
      .then(result => {
        this.done++
        return result
      })
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }
}

function onlyOnce({ code, status }: ProblemError): ProblemError {
  const detail = 'the body is a stream and was not sent again: repeat the request'
  return new ProblemError(code, status, { detail })
}

function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | null | undefined): Promise<Result> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
