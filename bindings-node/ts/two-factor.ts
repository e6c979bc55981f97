/** `TwoFactor`: the second lock after the password. */
import { inspect } from 'node:util'
import { Driver, type TwoFactorOptions } from './driver.ts'
import { named, optionalFlag, optionalText, optionalTexts, optionalWhole, text, whole } from './input.ts'
import { native } from './native.ts'
import type {
  AfterFirstFactorOptions,
  AssuredOptions,
  BeginEnrollmentOptions,
  CheckAssuranceOptions,
  ConfirmEnrollmentOptions,
  ContextOptions,
  DeviceOptions,
  EventsOptions,
  ImportAuthenticatorOptions,
  OperatorOptions,
  RemoveAuthenticatorOptions,
  RenameAuthenticatorOptions,
  ResetOptions,
  StatusOptions,
  VerifyOptions,
} from './options.ts'
import {
  codes,
  enrolled,
  enrollment,
  flag,
  nextStep,
  nothing,
  seconds,
  single,
  status,
  verification,
} from './outcomes.ts'
import type { Policy } from './policy.ts'
import { eventPage, figures } from './reports.ts'
import type { Enrolled, Enrollment, EventPage, NextStep, Verification } from './results.ts'
import type { Slot } from './slot.ts'
import type { Status } from './status.ts'
import type { Stats, Storage } from './storage.ts'

const MOST = Number.MAX_SAFE_INTEGER

/**
 * The second lock after the password.
 *
 * User ids are the application's own: 1 to 255 bytes of text without control characters, compared byte by byte; turn numbers into
 * text yourself. `context` (at most 256 bytes, e.g. browser and address) goes into the events and, in part, becomes the name of a
 * browser. Times are Unix seconds. Tokens are opaque text of at most 1,280 characters: keep them, never put them into a URL.
 *
 * What is refused rejects the promise with a {@link TwoFactorError}. Beside what each operation says, all of them refuse with
 * `malformed_request` (an argument of the wrong type, length or form), `storage_error`, `storage_timeout`, `contention`,
 * `record_tampered`, `unknown_key`, `configuration_error` (the clock) and `internal_error`: nobody is let in then, and a code that
 * was burned stays burned.
 *
 * ```ts
 * const twoFactor = new TwoFactor({ issuer: 'Acme', storage: new SqliteStorage('2fa.db') }) // keys from TWINLOCK_KEYS
 *
 * const enrollment = await twoFactor.beginEnrollment('42', { accountName: 'ada@example.com' })
 * show(enrollment.qrSvg(), enrollment.secret)
 * const { backupCodes } = await twoFactor.confirmEnrollment('42', { setup: enrollment.setup, code: '123456' })
 *
 * const step = await twoFactor.afterFirstFactor('42') // after the password
 * if (step.challenge) {
 *   const verification = await twoFactor.verify(step.challenge, { code: '654321' }) // throws invalid_code, throttled, …
 *   signIn(verification.userId)
 * }
 * ```
 */
export class TwoFactor<S extends Storage = Storage> {
  readonly #driver: Driver<S>

  /**
   * Sets up the engine.
   *
   * @throws `configuration_error`, also when there are no keys or the policy breaks its bound.
   */
  constructor(options: TwoFactorOptions<S>) {
    this.#driver = new Driver(options)
  }

  /** The policy in force. */
  get policy(): Policy {
    return this.#driver.policy
  }

  /** The storage below. */
  get storage(): S {
    return this.#driver.storage
  }

  /** The id of the key that seals, for sweeps of stale records. */
  get activeKeyId(): string {
    return this.#driver.activeKeyId
  }

  /**
   * Begins an enrollment: a new secret, shown as QR code and text. Stores nothing.
   *
   * Refuses with `assurance_required` when the user is active and the proof is missing or older than the policy allows,
   * `too_many_authenticators`.
   */
  beginEnrollment(userId: string, options: BeginEnrollmentOptions): Promise<Enrollment> {
    return this.#run(userId, enrollment, (slot, user) => {
      const { accountName, assurance, setup, issuer, context } = named(options)
      native.beginEnrollment(
        slot,
        user,
        text(accountName, 'accountName'),
        optionalText(assurance, 'assurance'),
        optionalText(setup, 'setup'),
        optionalText(issuer, 'issuer'),
        optionalText(context, 'context'),
      )
    })
  }

  /**
   * Confirms a setup with a code of the new authenticator; with the first one the second factor is on.
   *
   * Refuses with `invalid_code`, `malformed_code`, `more_codes_required` (the phone's clock is off: three codes teach the drift),
   * `setup_expired`, `already_enrolled`, `assurance_required` (became active meanwhile), `too_many_authenticators`.
   */
  confirmEnrollment(userId: string, options: ConfirmEnrollmentOptions): Promise<Enrolled> {
    return this.#driver.run(
      'confirm',
      slot => {
        const { setup, code, name, nextCodes, context } = named(options)
        const user = text(userId, 'the user id')
        native.confirmEnrollment(
          slot,
          user,
          text(setup, 'setup'),
          text(code, 'code'),
          optionalTexts(nextCodes, 'nextCodes'),
          optionalText(name, 'name'),
          optionalText(context, 'context'),
        )
        return user
      },
      enrolled,
    )
  }

  /**
   * Takes over an authenticator from another system, by its base32 `secret` or its `otpauth://` `uri`; gives its id. An operator's
   * call. Brings no backup codes; over a user who had a second factor before, the current window of codes counts as used.
   *
   * Refuses with `invalid_secret`, `too_many_authenticators`.
   */
  importAuthenticator(userId: string, options: ImportAuthenticatorOptions): Promise<string> {
    return this.#run(userId, single, (slot, user) => {
      const { secret, uri, name, algorithm, digits, period, lastUsedStep, drift = 0, actor, context } = named(options)
      native.importAuthenticator(
        slot,
        user,
        optionalText(secret, 'secret'),
        optionalText(uri, 'uri'),
        optionalText(name, 'name'),
        optionalText(algorithm, 'algorithm'),
        optionalWhole(digits, 'digits', 0, 255),
        optionalWhole(period, 'period', 0, 2 ** 32 - 1),
        optionalWhole(lastUsedStep, 'lastUsedStep', 0, MOST),
        whole(drift, 'drift', -128, 127),
        text(actor, 'actor'),
        optionalText(context, 'context'),
      )
    })
  }

  /** After the password: says whether a second factor is due, and makes the challenge. Stores nothing. */
  afterFirstFactor(userId: string, options: AfterFirstFactorOptions = {}): Promise<NextStep> {
    return this.#driver.run(
      'login',
      slot => {
        const { device, required, fresh, carry, context } = named(options)
        const user = text(userId, 'the user id')
        native.afterFirstFactor(
          slot,
          user,
          optionalText(device, 'device'),
          optionalFlag(required, 'required'),
          optionalFlag(fresh, 'fresh'),
          optionalText(carry, 'carry'),
          optionalText(context, 'context'),
        )
        return user
      },
      nextStep,
    )
  }

  /**
   * Proves a second factor, at sign-in and for step-up. Sign in `verification.userId` and nobody else.
   *
   * `code` is a code of an authenticator or a backup code; with `nextCodes` it is the oldest of three consecutive ones.
   *
   * Refuses with `invalid_code`, `malformed_code`, `throttled`, `more_codes_required`, `challenge_expired`.
   */
  verify(challenge: string, options: VerifyOptions): Promise<Verification> {
    return this.#driver.run(
      'verify',
      slot => {
        const { code, nextCodes, trustDevice, userId, context } = named(options)
        return native.verify(
          slot,
          text(challenge, 'challenge'),
          text(code, 'code'),
          optionalTexts(nextCodes, 'nextCodes'),
          optionalFlag(trustDevice, 'trustDevice'),
          optionalText(userId, 'userId'),
          optionalText(context, 'context'),
        )
      },
      verification,
    )
  }

  /**
   * Unix seconds at which this user proved a second factor, if that is recent enough. One load, no save.
   *
   * Refuses with `assurance_required`, `not_enabled`.
   */
  checkAssurance(userId: string, options: CheckAssuranceOptions): Promise<number> {
    return this.#driver.run(
      'guard',
      slot => {
        const { assurance, maxAge } = named(options)
        const user = text(userId, 'the user id')
        const age = maxAge === null ? undefined : whole(maxAge, 'maxAge', 0, MOST)
        native.checkAssurance(slot, user, text(assurance, 'assurance'), age)
        return user
      },
      seconds,
    )
  }

  /**
   * A new set of backup codes, to be shown once; the old one stops working. `assurance` is a fresh proof, as for all sensitive
   * operations: no older than the policy's `assuranceMaxAge` (300 seconds).
   *
   * Refuses with `assurance_required`, `not_enabled`.
   */
  regenerateBackupCodes(userId: string, options: AssuredOptions): Promise<string[]> {
    return this.#run(userId, codes, (slot, user) => {
      const { assurance, context } = named(options)
      native.regenerateBackupCodes(slot, user, text(assurance, 'assurance'), optionalText(context, 'context'))
    })
  }

  /** The user says the backup codes are saved. Refuses with `not_enabled`. */
  backupCodesSaved(userId: string, options: ContextOptions = {}): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => {
      native.backupCodesSaved(slot, user, optionalText(named(options).context, 'context'))
    })
  }

  /** Gives an authenticator another name. Refuses with `assurance_required`, `not_enabled`, `not_found`. */
  renameAuthenticator(userId: string, options: RenameAuthenticatorOptions): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => {
      const { assurance, id, name, context } = named(options)
      const proof = text(assurance, 'assurance')
      native.renameAuthenticator(
        slot,
        user,
        proof,
        text(id, 'id'),
        text(name, 'name'),
        optionalText(context, 'context'),
      )
    })
  }

  /**
   * Removes an authenticator; other sessions must prove the second factor again.
   *
   * Refuses with `assurance_required`, `not_enabled`, `not_found`, `last_authenticator` (the last one goes only by `disable`).
   */
  removeAuthenticator(userId: string, options: RemoveAuthenticatorOptions): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => {
      const { assurance, id, context } = named(options)
      native.removeAuthenticator(
        slot,
        user,
        text(assurance, 'assurance'),
        text(id, 'id'),
        optionalText(context, 'context'),
      )
    })
  }

  /** Switches two-factor authentication off. Refuses with `assurance_required`, `not_enabled`. */
  disable(userId: string, options: AssuredOptions): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => {
      const { assurance, context } = named(options)
      native.disable(slot, user, text(assurance, 'assurance'), optionalText(context, 'context'))
    })
  }

  /** Forgets one browser, by its `id` in `status`. Refuses with `not_enabled`, `not_found`. */
  revokeDevice(userId: string, options: DeviceOptions): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => {
      const { id, context } = named(options)
      native.revokeDevice(slot, user, text(id, 'id'), optionalText(context, 'context'))
    })
  }

  /** Forgets all browsers. Refuses with `not_enabled`. */
  revokeAllDevices(userId: string, options: ContextOptions = {}): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => {
      native.revokeAllDevices(slot, user, optionalText(named(options).context, 'context'))
    })
  }

  /** What a settings page may show. The tokens only tell which device is asking and how fresh its proof is. */
  status(userId: string, options: StatusOptions = {}): Promise<Status> {
    return this.#run(userId, status, (slot, user) => {
      const { device, assurance } = named(options)
      native.status(slot, user, optionalText(device, 'device'), optionalText(assurance, 'assurance'))
    })
  }

  /**
   * The help desk wipes the second factor of a user whose identity it has checked. Wrong codes stay counted. Nothing to wipe is
   * fine.
   */
  reset(userId: string, options: ResetOptions): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => {
      const { actor, reason, context } = named(options)
      native.reset(slot, user, text(actor, 'actor'), text(reason, 'reason'), optionalText(context, 'context'))
    })
  }

  /** An operator forgives all wrong codes of a user. */
  unlock(userId: string, options: OperatorOptions): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => {
      const { actor, context } = named(options)
      native.unlock(slot, user, text(actor, 'actor'), optionalText(context, 'context'))
    })
  }

  /** To be called when the password changes: challenges, setups, proofs and the trust of devices end. */
  passwordChanged(userId: string, options: ContextOptions = {}): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => {
      native.passwordChanged(slot, user, optionalText(named(options).context, 'context'))
    })
  }

  /** Moves the record to the active key and the newest format; tells whether it had to. */
  reseal(userId: string): Promise<boolean> {
    return this.#run(userId, flag, (slot, user) => native.reseal(slot, user))
  }

  /** Deletes record and events, readable or not: when the account is deleted. */
  erase(userId: string): Promise<void> {
    return this.#run(userId, nothing, (slot, user) => native.erase(slot, user))
  }

  /**
   * A page of the user's audit log, the newest event first. `cursor` is the `nextCursor` of the page before.
   *
   * Refuses with `configuration_error` when the storage keeps no events that can be read.
   */
  events(userId: string, options: EventsOptions = {}): Promise<EventPage> {
    return eventPage(this.#driver, userId, options)
  }

  /**
   * Figures for an operator's page.
   *
   * Refuses with `configuration_error` when the storage has none.
   */
  stats(): Promise<Stats> {
    return figures(this.#driver)
  }

  #run<T>(
    userId: string,
    read: (slot: Slot, userId: string) => T,
    open: (slot: number, user: string) => void,
  ): Promise<T> {
    return this.#driver.run(
      'other',
      slot => {
        const user = text(userId, 'the user id')
        open(slot, user)
        return user
      },
      read,
    )
  }

  /** @internal */
  [inspect.custom](): string {
    return `TwoFactor ${inspect({ activeKeyId: this.activeKeyId })}`
  }
}
