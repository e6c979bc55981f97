/** Twinlock: the second lock on the door. See {@link TwoFactor}. */
export { AuthenticatorAccount } from './authenticator.ts'
export type { TwoFactorOptions } from './driver.ts'
export {
  CODES,
  type Code,
  httpStatus,
  isTwoFactorError,
  type Operation,
  type Problem,
  problem,
  type Refusal,
  type RefusalOptions,
  storageError,
  storageTimeout,
  type TwoFactorError,
  twoFactorError,
} from './errors.ts'
export { type EventBody, type EventRow, type EventRowLike, type EventType, TwoFactorEvent } from './events.ts'
export { KeyRing, type Keys } from './keys.ts'
export type * from './options.ts'
export { Policy, type PolicySettings } from './policy.ts'
export type {
  Enrolled,
  EnrolledBody,
  Enrollment,
  EnrollmentBody,
  EventPage,
  Method,
  NextStep,
  NextStepBody,
  StepStatus,
  Verification,
  VerificationBody,
} from './results.ts'
export type {
  AuthenticatorStatus,
  BackupCodesStatus,
  DeviceStatus,
  Status,
  StatusBody,
  ThrottleStatus,
} from './status.ts'
export { MemoryStorage } from './storage/memory.ts'
export { type SqliteOptions, SqliteStorage } from './storage/sqlite.ts'
export type { MaybePromise, Reports, Stats, Storage, StoredRecord } from './storage.ts'
export { TwoFactor } from './two-factor.ts'
