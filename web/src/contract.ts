/**
 * The JSON of the HTTP contract, as far as the pages read it.
 * Fields that a newer server adds are ignored; times are Unix seconds.
 */

/** An authenticator of the signed-in user; no secret is ever in it. */
export interface Authenticator {
  id: string;
  name: string | null;
  created_at: number;
  last_used_at: number | null;
  /** An imported secret that is shorter than it should be. */
  weak?: boolean;
}

/** A browser that has passed the second factor here before. */
export interface Device {
  id: string;
  label: string | null;
  last_used_at: number | null;
  trusted: boolean;
  current: boolean;
}

/** `GET /status`: all that a page needs to know. */
export interface Status {
  enabled: boolean;
  required: boolean;
  authenticators: Authenticator[];
  backup_codes: { left: number; total: number; saved: boolean };
  devices: Device[];
  throttle: { retry_after?: number | null; codes_required: number };
  policy: { digits: number; period: number };
  csrf?: string | null;
}

/** `POST /setup`: the one answer that holds a secret. */
export interface Enrollment {
  setup: string;
  secret: string;
  otpauth_uri: string;
  qr_png: string;
  expires_at: number;
  account_name?: string;
  issuer?: string;
  digits?: number;
  period?: number;
}

/** `POST /setup/confirm`: the codes come with the first authenticator only. */
export interface Enrolled extends Answer {
  authenticator_id: string;
  backup_codes: string[];
}

/** What the host answers to a proof, plus what the engine adds. */
export interface Answer {
  method?: string;
  backup_codes_left?: number;
  /** Bearer mode only: kept in memory and sent back as a header. */
  assurance?: string;
  /** Bearer mode only: kept in memory and sent back as a header. */
  device?: string;
  [more: string]: unknown;
}

/** What the login call answers when a second factor is due. */
export interface NextStep {
  challenge?: string;
  methods?: string[];
  codes_required?: number;
}

/** The codes a user typed, in the shape that `/verify`, `/step-up` and `/setup/confirm` share. */
export interface CodeEntry {
  code: string;
  next_codes?: string[];
  trust_device?: boolean;
}

/** A refusal: the server's RFC 9457 problem, or `network` / `unexpected` when there was none. */
export class Problem extends Error {
  constructor(
    /** The stable code to decide on, e.g. `invalid_code`. */
    readonly code: string,
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** Seconds until another try makes sense, when the server named them. */
    readonly retryAfter?: number,
    /** `/step-up` hands the challenge to send with the next try. */
    readonly challenge?: string,
  ) {
    super(code);
    this.name = 'Problem';
  }
}

/** Whatever was thrown, as a problem that can be shown. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem('unexpected', 0);
}
