/** The bodies that the pages read, and what may be thrown at them. */
import { ProblemError, isProblem } from 'twinlock/client';
import type { SteppedUp, Verified } from 'twinlock/client';

/** What the host answers to a proof, plus what the engine adds. */
export type Answer = (Verified | SteppedUp) & Record<string, unknown>;

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

/** Whatever was thrown, as a problem that can be shown. */
export function asProblem(thrown: unknown): ProblemError {
  return isProblem(thrown) ? thrown : new ProblemError('unexpected', 0);
}
