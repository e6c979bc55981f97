/** The native module. Private: only `ts/` imports it, as `#native`; nothing of it stands in the public types. */
declare namespace native {
  // The operations. Each opens a call in a slot of an engine, one at a time; a slot is used again for the next.

  function beginEnrollment(
    slot: number,
    userId: string,
    accountName: string,
    assurance: string | undefined,
    setup: string | undefined,
    issuer: string | undefined,
    context: string | undefined,
  ): void
  function confirmEnrollment(
    slot: number,
    userId: string,
    setup: string,
    code: string,
    nextCodes: string[] | undefined,
    name: string | undefined,
    context: string | undefined,
  ): void
  function importAuthenticator(
    slot: number,
    userId: string,
    secret: string | undefined,
    uri: string | undefined,
    name: string | undefined,
    algorithm: string | undefined,
    digits: number | undefined,
    period: number | undefined,
    lastUsedStep: number | undefined,
    drift: number,
    actor: string,
    context: string | undefined,
  ): void
  function afterFirstFactor(
    slot: number,
    userId: string,
    device: string | undefined,
    required: boolean,
    fresh: boolean,
    carry: string | undefined,
    context: string | undefined,
  ): void
  /** Gives the user id that the challenge names. */
  function verify(
    slot: number,
    challenge: string,
    code: string,
    nextCodes: string[] | undefined,
    trustDevice: boolean,
    userId: string | undefined,
    context: string | undefined,
  ): string
  function checkAssurance(slot: number, userId: string, assurance: string, maxAge: number | undefined): void
  function regenerateBackupCodes(slot: number, userId: string, assurance: string, context: string | undefined): void
  function backupCodesSaved(slot: number, userId: string, context: string | undefined): void
  function renameAuthenticator(
    slot: number,
    userId: string,
    assurance: string,
    id: string,
    name: string,
    context: string | undefined,
  ): void
  function removeAuthenticator(
    slot: number,
    userId: string,
    assurance: string,
    id: string,
    context: string | undefined,
  ): void
  function disable(slot: number, userId: string, assurance: string, context: string | undefined): void
  function revokeDevice(slot: number, userId: string, id: string, context: string | undefined): void
  function revokeAllDevices(slot: number, userId: string, context: string | undefined): void
  function status(slot: number, userId: string, device: string | undefined, assurance: string | undefined): void
  function reset(slot: number, userId: string, actor: string, reason: string, context: string | undefined): void
  function unlock(slot: number, userId: string, actor: string, context: string | undefined): void
  function passwordChanged(slot: number, userId: string, context: string | undefined): void
  function reseal(slot: number, userId: string): void
  function erase(slot: number, userId: string): void

  /**
   * Decides on what was loaded and writes the step, both in `buffer`, laid out as in `src/layout.rs`; no key id: the active key.
   * Gives the bytes written; below 0 = `buffer` is too small, the step waits for `copy` with that many bytes.
   */
  function decide(slot: number, keyId: string | undefined, buffer: Uint8Array): number
  function copy(slot: number, out: Uint8Array): number
  /** Gives a slot back. */
  function release(slot: number): void

  class Engine {
    constructor(issuer: string, keys: KeyRing, policy: string, namespace: string)
    readonly activeKeyId: string
    /** A new slot: there until `release`, or until the engine is collected. */
    slot(): number
  }

  class KeyRing {
    constructor(ids: string[], keys: Uint8Array[])
    static fromText(text: string): KeyRing
    static generate(id: string): KeyRing
    toText(): string
    readonly activeId: string
    /** The ids, for people. */
    describe(): string
  }

  class AuthenticatorAccount {
    static fromUri(uri: string): AuthenticatorAccount
    static fromMigration(uri: string): AuthenticatorAccount[]
    readonly issuer: string | null
    readonly accountName: string
    readonly digits: number
    readonly period: number
    codeAt(now: number): string
    secondsLeft(now: number): number
  }

  interface LoadedRecord {
    version: number
    enabled: boolean
    keyId: string
    data: Uint8Array
  }

  class SqliteStorage {
    constructor(path: string, create: boolean, full: boolean, busyTimeoutMs: number)
    load(userId: string): LoadedRecord | null
    save(
      userId: string,
      expected: number,
      version: number,
      enabled: boolean,
      keyId: string,
      data: Uint8Array,
      events: string,
    ): Promise<boolean>
    erase(userId: string): Promise<void>
    /** JSON text of the events. */
    events(userId: string, before: string | undefined, limit: number): Promise<string>
    /** JSON text of the figures. */
    stats(now: number): Promise<string>
    stale(keyId: string, after: string | undefined, limit: number): Promise<string[]>
    purge(before: number): Promise<number>
  }

  /** All settings of a checked policy, as JSON text of snake_case names. */
  function policySettings(json: string): string
  function fixedLockout(attempts: number, minutes: number, acceptRisk: boolean): string
  function yearlyGuessProbability(json: string): number

  function codes(): string[]
  /** JSON text. */
  function problem(code: string, operation: string): string
  function httpStatus(code: string, operation: string): number
  /** Whole Unix seconds of what a clock gave. */
  function seconds(now: number): number

  function qrSvg(uri: string): string
  function qrPng(uri: string): Uint8Array
  function qrDataUri(uri: string): string
  function qrText(uri: string): string

  /** Bodies of the HTTP contract, as JSON text. */
  function enrollmentBody(fields: string): string
  function enrolledBody(authenticatorId: string, backupCodes: string[]): string
  function nextStepBody(
    status: number,
    challenge: string | undefined,
    expiresIn: number,
    methods: number,
    codesRequired: number,
  ): string
  function verificationBody(method: number, backupCodesLeft: number): string
}
export = native
