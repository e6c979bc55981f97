/**
 * `twinlock/client`: a small typed client of Twinlock's HTTP contract, for browsers and servers.
 *
 * ```ts
 * import { createClient, isProblem, stepUpDialog } from 'twinlock/client';
 *
 * const client = createClient({ base: '/2fa', stepUp: stepUpDialog() });
 * try {
 *   await client.verify({ challenge, code });
 * } catch (refusal) {
 *   if (isProblem(refusal, 'throttled')) wait(refusal.retryAfter);
 *   else throw refusal;
 * }
 * ```
 *
 * @module
 */
export type { AdminClient, Client } from './client.ts'
export { createClient } from './client.ts'
export type { StepUpDialogOptions } from './dialog.ts'
export { stepUpDialog } from './dialog.ts'
export type { CallOptions, ClientOptions, Proof, Token, TokenMemory } from './options.ts'
export type { ProblemCode, ProblemDetails } from './problem.ts'
export { isProblem, ProblemError } from './problem.ts'
export type {
  AuditEvent,
  Authenticator,
  BackupCodes,
  ConfirmRequest,
  Device,
  Devices,
  Enrolled,
  Enrollment,
  Events,
  LoginChallenge,
  PasswordRequest,
  RenameRequest,
  ResetRequest,
  SetupRequest,
  Stats,
  Status,
  SteppedUp,
  StepUpRequest,
  UserStatus,
  Verified,
  VerifyRequest,
} from './types.ts'
