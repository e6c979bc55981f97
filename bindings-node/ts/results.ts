/** What operations give. Printed or turned into JSON, none of it shows a secret, a code or a token. */
import { inspect } from 'node:util'
import { guarded } from './errors.ts'
import type { TwoFactorEvent } from './events.ts'
import { native } from './native.ts'

/** How a second factor can be proved. Clients tolerate others. */
export type Method = 'totp' | 'backup_code'
/** See {@link NextStep}. */
export type StepStatus = 'not_required' | 'enrollment_required' | 'trusted' | 'challenge'

export const METHODS: readonly Method[] = ['totp', 'backup_code']
export const STATUSES: readonly StepStatus[] = ['not_required', 'enrollment_required', 'trusted', 'challenge']

/** Shows what it is told to and nothing else. */
abstract class Discreet {
  protected abstract shown(): object

  toJSON(): object {
    return this.shown()
  }

  /** @internal */
  [inspect.custom](): string {
    return `${this.constructor.name} ${inspect(this.shown())}`
  }
}

function json<T>(text: string): T {
  return JSON.parse(text) as T
}

/** The body of `POST /setup`. */
export interface EnrollmentBody {
  setup: string
  secret: string
  otpauth_uri: string
  qr_svg: string
  qr_png: string
  expires_at: number
  account_name: string
  issuer: string
  digits: number
  period: number
}

/** The engine's word for it. @internal */
export interface EnrollmentFields {
  setup: string
  secret: string
  uri: string
  expires_at: number
  account_name: string
  issuer: string
  digits: number
  period: number
}

/** A begun enrollment: show the secret once, keep nothing but `setup`, at the client. */
export class Enrollment extends Discreet {
  readonly #fields: EnrollmentFields

  /** @internal */
  constructor(fields: EnrollmentFields) {
    super()
    this.#fields = fields
  }

  /** Sealed: to be sent back with the first code. */
  get setup(): string {
    return this.#fields.setup
  }

  /** Base32, to be typed where no QR code can be read. */
  get secret(): string {
    return this.#fields.secret
  }

  /** The `otpauth://` URI that the QR code holds. */
  get uri(): string {
    return this.#fields.uri
  }

  /** Unix seconds until which `setup` can be confirmed. */
  get expiresAt(): number {
    return this.#fields.expires_at
  }

  /** The account as the app will show it. */
  get accountName(): string {
    return this.#fields.account_name
  }

  /** The issuer as the app will show it. */
  get issuer(): string {
    return this.#fields.issuer
  }

  /** Digits of a code. */
  get digits(): number {
    return this.#fields.digits
  }

  /** Seconds that a code is shown. */
  get period(): number {
    return this.#fields.period
  }

  /** The QR code of the URI as SVG. */
  qrSvg(): string {
    return guarded(() => native.qrSvg(this.uri))
  }

  /** The QR code as a PNG file. */
  qrPng(): Uint8Array {
    return guarded(() => native.qrPng(this.uri))
  }

  /** The PNG as a `data:` URI for an `<img>`. */
  qrDataUri(): string {
    return guarded(() => native.qrDataUri(this.uri))
  }

  /** The QR code as half-block text for a terminal. */
  qrText(): string {
    return guarded(() => native.qrText(this.uri))
  }

  /** The body of `POST /setup`. */
  body(): EnrollmentBody {
    return json(guarded(() => native.enrollmentBody(JSON.stringify(this.#fields))))
  }

  protected override shown(): object {
    return { expiresAt: this.expiresAt }
  }
}

/** The body of `POST /setup/confirm`. */
export interface EnrolledBody {
  authenticator_id: string
  backup_codes: string[]
}

/** The engine's word for it. @internal */
export interface EnrolledFields {
  authenticator_id: string
  backup_codes: string[]
  assurance: string
  device: string | null
  verified_at: number
}

/** A confirmed enrollment. */
export class Enrolled extends Discreet {
  readonly #fields: EnrolledFields

  /** @internal */
  constructor(fields: EnrolledFields) {
    super()
    this.#fields = fields
  }

  /** The new authenticator, for renaming and removing. */
  get authenticatorId(): string {
    return this.#fields.authenticator_id
  }

  /** With the first authenticator: to be shown once. Empty with further ones. */
  get backupCodes(): string[] {
    return [...this.#fields.backup_codes]
  }

  /** A fresh proof: confirming is one. */
  get assurance(): string {
    return this.#fields.assurance
  }

  /** The token of this browser, now known. */
  get device(): string | undefined {
    return this.#fields.device ?? undefined
  }

  /** Unix seconds of the proof. */
  get verifiedAt(): number {
    return this.#fields.verified_at
  }

  /** The body of `POST /setup/confirm`. */
  body(): EnrolledBody {
    return json(guarded(() => native.enrolledBody(this.authenticatorId, this.#fields.backup_codes)))
  }

  protected override shown(): object {
    return { authenticatorId: this.authenticatorId, verifiedAt: this.verifiedAt }
  }
}

/** The part of a login's answer that asks for the second factor; empty when nothing is due. */
export interface NextStepBody {
  two_factor_required?: true
  challenge?: string
  expires_in?: number
  methods?: Method[]
  codes_required?: 1 | 3
  enrollment_required?: true
}

/** @internal */
export interface NextStepFields {
  status: number
  methods: number
  codesRequired: number
  expiresAt: number | undefined
  expiresIn: number | undefined
  challenge: string | undefined
  assurance: string | undefined
}

/** What stands between the password and the session. */
export class NextStep extends Discreet {
  readonly #fields: NextStepFields

  /** @internal */
  constructor(fields: NextStepFields) {
    super()
    this.#fields = fields
  }

  /**
   * `not_required`: no second factor, sign in. `enrollment_required`: none, but one is required: lead to the enrollment.
   * `trusted`: this browser is trusted, sign in with the older proof. `challenge`: ask for a code.
   */
  get status(): StepStatus {
    return STATUSES[this.#fields.status] as StepStatus
  }

  /** To be sent back with the code; with status `challenge` only. */
  get challenge(): string | undefined {
    return this.#fields.challenge
  }

  /** What the user can answer with; tolerate unknown ones. */
  get methods(): Method[] {
    return METHODS.filter((_, index) => (this.#fields.methods >> index) & 1)
  }

  /** How many consecutive codes of an authenticator are needed: 1, or 3 under attack. A backup code is always one. */
  get codesRequired(): 1 | 3 {
    return this.#fields.codesRequired as 1 | 3
  }

  /** With status `trusted`: the proof, dated when the device last gave one. */
  get assurance(): string | undefined {
    return this.#fields.assurance
  }

  /** Unix seconds until which the challenge can be answered. */
  get expiresAt(): number | undefined {
    return this.#fields.expiresAt
  }

  /** The same in seconds from now. */
  get expiresIn(): number | undefined {
    return this.#fields.expiresIn
  }

  /** The part of a login's answer that asks for the second factor. */
  body(): NextStepBody {
    const { status, challenge, expiresIn, methods, codesRequired } = this.#fields
    return json(guarded(() => native.nextStepBody(status, challenge, expiresIn ?? 0, methods, codesRequired)))
  }

  protected override shown(): object {
    const { status, methods, codesRequired, expiresAt } = this
    return { status, methods, codesRequired, ...(expiresAt === undefined ? {} : { expiresAt }) }
  }
}

/** What `POST /verify` adds to the host's own answer. */
export interface VerificationBody {
  method: Method
  backup_codes_left: number
}

/** @internal */
export interface VerificationFields {
  userId: string
  method: number
  backupCodesLeft: number
  verifiedAt: number
  authenticatorId: string | undefined
  assurance: string
  device: string | undefined
  carry: string | undefined
}

/** A proved second factor. **The account to sign in is `userId` and nothing else.** */
export class Verification extends Discreet {
  readonly #fields: VerificationFields

  /** @internal */
  constructor(fields: VerificationFields) {
    super()
    this.#fields = fields
  }

  /** Whom to sign in. */
  get userId(): string {
    return this.#fields.userId
  }

  /** How it was proved. */
  get method(): Method {
    return METHODS[this.#fields.method] as Method
  }

  /** Which authenticator, where one was used. */
  get authenticatorId(): string | undefined {
    return this.#fields.authenticatorId
  }

  /** Backup codes left. */
  get backupCodesLeft(): number {
    return this.#fields.backupCodesLeft
  }

  /** The proof, for guards and sensitive operations. */
  get assurance(): string {
    return this.#fields.assurance
  }

  /** The token of this browser, now known or trusted. */
  get device(): string | undefined {
    return this.#fields.device
  }

  /** What `afterFirstFactor` was given to carry. */
  get carry(): string | undefined {
    return this.#fields.carry
  }

  /** Unix seconds of the proof. */
  get verifiedAt(): number {
    return this.#fields.verifiedAt
  }

  /** What `POST /verify` adds to the host's own answer. */
  body(): VerificationBody {
    return json(guarded(() => native.verificationBody(this.#fields.method, this.backupCodesLeft)))
  }

  protected override shown(): object {
    const { userId, method, backupCodesLeft, verifiedAt } = this
    return { userId, method, backupCodesLeft, verifiedAt }
  }
}

/** A page of the audit log, the newest event first. */
export interface EventPage {
  readonly events: TwoFactorEvent[]
  /** To be given as `cursor` for the next page; absent at the end. */
  readonly nextCursor?: string
}
