/** The named arguments of the operations. */

/** What every operation that writes an event may be told. */
export interface ContextOptions {
  /** What the host says about the request (address, agent), at most 256 bytes: for the events. */
  readonly context?: string | undefined
}

/** Of {@link TwoFactor.beginEnrollment}. */
export interface BeginEnrollmentOptions extends ContextOptions {
  /** What the app shows beside the issuer: 1 to 128 bytes. */
  readonly accountName: string
  /** Proves the second factor of a user who already has one. */
  readonly assurance?: string | undefined
  /** The setup of an unexpired enrollment gives the same secret again, for a page that reloads. */
  readonly setup?: string | undefined
  /** Shown instead of the engine's issuer: 1 to 64 bytes. */
  readonly issuer?: string | undefined
}

/** Of {@link TwoFactor.confirmEnrollment}. */
export interface ConfirmEnrollmentOptions extends ContextOptions {
  /** Of the enrollment. */
  readonly setup: string
  /** What the app shows. */
  readonly code: string
  /** For lists, e.g. "Ada's phone": 1 to 64 bytes; without it the authenticator is numbered. */
  readonly name?: string | undefined
  /** The two codes that followed `code`, when `more_codes_required` asked for them. */
  readonly nextCodes?: readonly string[] | undefined
}

/** Of {@link TwoFactor.importAuthenticator}: either `secret`, or `uri`, which says algorithm, digits and period itself. */
export interface ImportAuthenticatorOptions extends ContextOptions {
  /** Base32. */
  readonly secret?: string | undefined
  /** An `otpauth://totp/` URI. */
  readonly uri?: string | undefined
  /** 1 to 64 bytes. */
  readonly name?: string | undefined
  /** Default `SHA1`. */
  readonly algorithm?: 'SHA1' | 'SHA256' | 'SHA512' | undefined
  /** 6 (default) to 8. */
  readonly digits?: number | undefined
  /** 1 to 300 seconds, default 30. */
  readonly period?: number | undefined
  /** The time step of the last code the other system accepted. */
  readonly lastUsedStep?: number | undefined
  /** The steps (-20 to 20) that the phone is ahead. Default 0. */
  readonly drift?: number | undefined
  /** The operator: 1 to 128 bytes. */
  readonly actor: string
}

/** Of {@link TwoFactor.afterFirstFactor}. */
export interface AfterFirstFactorOptions extends ContextOptions {
  /** The token of this browser. */
  readonly device?: string | undefined
  /** This user must have a second factor. Default false. */
  readonly required?: boolean | undefined
  /** Asks even a trusted browser: for step-up of a signed-in user. Default false. */
  readonly fresh?: boolean | undefined
  /** At most 512 bytes, sealed into the challenge; comes back with the verification. */
  readonly carry?: string | undefined
}

/** Of {@link TwoFactor.verify}. */
export interface VerifyOptions extends ContextOptions {
  /** What the user typed. */
  readonly code: string
  /** The two codes that followed `code`. */
  readonly nextCodes?: readonly string[] | undefined
  /** This browser may skip the code from now on. Default false. */
  readonly trustDevice?: boolean | undefined
  /** Where you know whom to expect: the challenge of anybody else is `challenge_expired`. */
  readonly userId?: string | undefined
}

/** Of {@link TwoFactor.checkAssurance}. */
export interface CheckAssuranceOptions {
  /** The proof. */
  readonly assurance: string
  /** Seconds, 0 or more; `null` = however long ago, until the user's proofs are ended. */
  readonly maxAge: number | null
}

/** Of operations that want a fresh proof. */
export interface AssuredOptions extends ContextOptions {
  /** The proof. */
  readonly assurance: string
}

/** Of {@link TwoFactor.renameAuthenticator}. */
export interface RenameAuthenticatorOptions extends AssuredOptions {
  /** As `status` lists it. */
  readonly id: string
  /** The new name: 1 to 64 bytes. */
  readonly name: string
}

/** Of {@link TwoFactor.removeAuthenticator}. */
export interface RemoveAuthenticatorOptions extends AssuredOptions {
  /** As `status` lists it. */
  readonly id: string
}

/** Of {@link TwoFactor.revokeDevice}. */
export interface DeviceOptions extends ContextOptions {
  /** As `status` lists it. */
  readonly id: string
}

/** Of {@link TwoFactor.status}. */
export interface StatusOptions {
  /** The token of this browser. */
  readonly device?: string | undefined
  /** The proof of this session. */
  readonly assurance?: string | undefined
}

/** Of an operator's calls. */
export interface OperatorOptions extends ContextOptions {
  /** The operator: 1 to 128 bytes. */
  readonly actor: string
}

/** Of {@link TwoFactor.reset}. */
export interface ResetOptions extends OperatorOptions {
  /** Why: 1 to 128 bytes. */
  readonly reason: string
}

/** Of {@link TwoFactor.events}. */
export interface EventsOptions {
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined
  /** 1 to 200 events, default 50. */
  readonly limit?: number | undefined
}
