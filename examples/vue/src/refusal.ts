/** What the server refuses, as a sentence for people. */
import { isProblem } from 'twinlock/client';

interface Problem {
  code?: string;
  title?: string;
  retry_after?: number;
  fields?: { field: string; message: string }[];
}

/** An answer of 400 and above, with its RFC 9457 problem. */
export class Refusal extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.title ?? 'something went wrong');
    this.status = status;
    this.problem = problem;
  }

  get code(): string | undefined {
    return this.problem.code;
  }

  static async from(response: Response): Promise<Refusal> {
    return new Refusal(response.status, await response.json().catch(() => ({})));
  }
}

/** The stable code of anything thrown, where it is a refusal of ours or of Twinlock's client. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Refusal || isProblem(thrown) ? thrown.code : undefined;
}

/** Anything thrown, in words. */
export function sentence(thrown: unknown): string {
  if (isProblem(thrown, 'not_signed_in')) return 'You are signed out. Please sign in again.';
  if (!(thrown instanceof Refusal)) return 'The server cannot be reached.';
  const { code, retry_after: seconds, fields } = thrown.problem;
  if (code === 'too_many_requests') return `Too many attempts. Try again in ${seconds} seconds.`;
  const [first] = fields ?? [];
  if (first) return `${first.field.replaceAll('_', ' ')}: ${first.message}`;
  // The server's own sentence, the way it stands in a page.
  const title = thrown.message;
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}.`;
}
