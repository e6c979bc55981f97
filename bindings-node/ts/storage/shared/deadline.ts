import { isTwoFactorError, storageError, storageTimeout } from '../../errors.ts'

/** How long somebody waits for a call. */
export class Deadline {
  #passed = false
  #abandon: (() => void) | undefined
  #controller: AbortController | undefined

  /** Whether nobody waits any longer. */
  get passed(): boolean {
    return this.#passed
  }

  /** Stops work that nobody waits for: what was not yet sent stays unsent. */
  check(): void {
    if (this.#passed) throw storageTimeout()
  }

  /** For engines that can take back what they have not sent. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  /** What to do with a connection that is still busy when the deadline passes. */
  abandonBy(abandon: () => void): void {
    this.#abandon = abandon
  }

  /** Called once, by the timer. */
  pass(): void {
    this.#passed = true
    this.#abandon?.()
    this.#controller?.abort()
  }
}

/**
 * Does one call of a storage, and refuses it when it takes too long. Whatever it fails with comes out typed.
 *
 * @param milliseconds - how long the caller waits
 * @param work - the call; what it answers late is dropped
 * @throws `storage_timeout` when the time is over (whether a write happened is then unknown), `storage_error` with the engine's
 *   error as its cause
 */
export async function within<T>(milliseconds: number, work: (deadline: Deadline) => Promise<T>): Promise<T> {
  const deadline = new Deadline()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(storageTimeout())
      deadline.pass()
    }, milliseconds)
  })
  try {
    return await Promise.race([work(deadline), late])
  } catch (error) {
    throw typed(error)
  } finally {
    clearTimeout(timer)
  }
}

function typed(error: unknown): unknown {
  return isTwoFactorError(error) ? error : storageError(error)
}
