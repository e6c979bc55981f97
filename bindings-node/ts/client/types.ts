/**
 * The bodies of the HTTP contract by their names. They are generated from `contract/openapi.yaml` and keep its spelling;
 * times are Unix seconds, and members that a newer server adds are to be ignored.
 */
import type { components } from './contract.gen.ts'

type Schemas = components['schemas']

/** Members that may be left out may also be `undefined`: they are not sent then. */
type Given<T> = { [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] }

/** `POST /verify`: one code, a backup code, or three consecutive codes (`code` the oldest). */
export type VerifyRequest = Given<Schemas['VerifyRequest']>
/** `POST /step-up`; `challenge` is the one that the refusal before carried. */
export type StepUpRequest = Given<Schemas['StepUpRequest']>
/** `POST /setup`. */
export type SetupRequest = Given<Schemas['SetupRequest']>
/** `POST /setup/confirm`. */
export type ConfirmRequest = Given<Schemas['ConfirmRequest']>
/** `PATCH /authenticators/{id}`: 1 to 64 bytes of UTF-8. */
export type RenameRequest = Schemas['RenameRequest']
/** `POST /disable`. */
export type PasswordRequest = Given<Schemas['PasswordRequest']>
/** `POST /admin/users/{id}/reset`: a reason of 1 to 128 characters, for the user's events. */
export type ResetRequest = Schemas['ResetRequest']

/** What `/verify` answers, beside what the application adds: its own session or tokens. */
export type Verified = Schemas['Verified']
/** What `/step-up` answers, beside what the application adds. */
export type SteppedUp = Schemas['SteppedUp']
/** What `/setup` answers: the one answer that holds a secret. */
export type Enrollment = Schemas['Enrollment']
/** What `/setup/confirm` answers; the backup codes come with the first authenticator only. */
export type Enrolled = Schemas['Enrolled']
/** A new set of backup codes, shown once. */
export type BackupCodes = Schemas['BackupCodes']
/** All that a settings page needs; no secret is in it. */
export type Status = Schemas['Status']
/** The state of any user, for administrators. */
export type UserStatus = Schemas['UserStatus']
/** An enrolled authenticator. */
export type Authenticator = Schemas['Authenticator']
/** A browser that has passed the second factor. */
export type Device = Schemas['Device']
/** The devices, the latest used last. */
export type Devices = Schemas['Devices']
/** One thing that happened to an account's second factor. */
export type AuditEvent = Schemas['Event']
/** One page of events, newest first; `next_cursor` leads to the next. */
export type Events = Schemas['Events']
/** How many use it, over the whole store. */
export type Stats = Schemas['Stats']

/** What the application's login answers when a second factor is due: hand the `challenge` to {@link Client.verify}. */
export interface LoginChallenge {
  two_factor_required: true
  /** Absent where the server keeps it in a session or a cookie. */
  challenge?: string
  /** Seconds until it is too late. */
  expires_in: number
  /** What can be given, `totp` and `backup_code`; kinds will be added. */
  methods: string[]
  /** 3 when only three consecutive codes are taken. */
  codes_required: 1 | 3
}
