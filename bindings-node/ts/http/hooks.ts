/** The application's hooks as the routes ask them: on doubt the answer is no. */
import { truncated } from './client.ts'
import { misconfigured, type Options } from './options.ts'

const NAME_BYTES = 128

/** Asks the application. */
export class Hooks<R, P, U> {
  readonly #given: Options<R, P, U>

  /** @param given - checked */
  constructor(given: Options<R, P, U>) {
    this.#given = given
  }

  /** Who is signed in. */
  async user(request: R): Promise<U | undefined> {
    const user = await this.#given.user(request)
    return user === null || user === undefined || user === false ? undefined : user
  }

  /** Makes the session or the tokens. */
  readonly onVerified: Options<R, P, U>['onVerified'] = (request, verified, reply) =>
    this.#given.onVerified(request, verified, reply)

  /** Whether `requiredFor` says that this user must have a second factor. */
  async mustHaveSecondFactor(user: U): Promise<boolean> {
    return Boolean(await this.#given.requiredFor?.(user))
  }

  /** Whether the application wants the password again. */
  get asksForPassword(): boolean {
    return this.#given.reauthenticate !== undefined
  }

  /** Whether it is the password: `true` and nothing that only looks like it, such as `{ ok: false }`. */
  async isPassword(request: R, user: U, password: string): Promise<boolean> {
    return (await this.#given.reauthenticate?.(request, user, password)) === true
  }

  /** Whether the caller is an administrator. */
  async mayAdminister(request: R): Promise<boolean> {
    return (await this.#given.mayAdminister?.(request)) === true
  }

  /** The framework's CSRF token. */
  csrf(request: R): string | undefined {
    return this.#given.csrf?.(request) ?? undefined
  }

  /** What the authenticator app shows below the issuer; too long for an app it is shown in part, not refused. */
  nameOf(user: U): string {
    if (this.#given.accountName !== undefined) return truncated(this.#given.accountName(user), NAME_BYTES)
    const fields = user as Record<string, unknown>
    const names = [fields['accountName'], fields['email'], fields['username']]
    const name = names.find(value => typeof value === 'string' && value !== '') as string | undefined
    return truncated(name ?? userIdOf(user), NAME_BYTES)
  }
}

/** The engine's text for the application's user id: text as it is, a whole number in decimal. */
export function userIdOf(user: unknown): string {
  const id = (user as { id?: unknown } | null | undefined)?.id
  if (typeof id === 'string') return id
  if (typeof id === 'bigint' || Number.isSafeInteger(id)) return String(id)
  throw misconfigured('the user has to have an id that is a string or a whole number below 2^53')
}
