/** Refusals as RFC 9457 problems, in the same shape as Twinlock's own. */
import { CODES, problem } from 'twinlock'

/** @type {Record<string, { status: number, title: string }>} */
const OWN = {
  wrong_credentials: { status: 401, title: 'the name or the password is wrong' },
  session_ended: { status: 401, title: 'the session has ended, sign in again' },
  csrf_refused: { status: 403, title: 'the request lacks the token of this session, load the page again' },
  username_taken: { status: 409, title: 'this user name is taken' },
  email_taken: { status: 409, title: 'this e-mail address is taken' },
  too_many_requests: { status: 429, title: 'too many attempts, wait a little' },
}

// What body-parser refuses with.
/** @type {Record<number, string>} */
const OF_PARSERS = { 400: 'malformed_request', 413: 'too_large', 415: 'not_json' }

/** A refusal of the application; `code` is one of `OWN` or of Twinlock's list. */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {Record<string, unknown>} [members] go into the body
   */
  constructor(code, members = {}) {
    super(code)
    this.code = code
    this.members = members
  }

  /** The body of the answer. */
  get body() {
    return { ...known(this.code), ...this.members }
  }
}

/** @param {string} code */
function known(code) {
  if (Object.hasOwn(OWN, code)) return { type: 'about:blank', code, .../** @type {{ status: number }} */ (OWN[code]) }
  return problem(/** @type {import('twinlock').Code} */ (CODES.find(one => one === code) ?? 'internal_error'))
}

/** Whoever asks for what is not there. */
export function notFound() {
  throw new Problem('not_found')
}

/**
 * Answers every refusal in the one shape. Comes after `tf.problems`, which answers Twinlock's own.
 * @type {import('express').ErrorRequestHandler}
 */
export function answerProblems(error, _req, res, next) {
  if (res.headersSent) return next(error)
  const refusal = error instanceof Problem ? error : new Problem(OF_PARSERS[error?.status] ?? 'internal_error')
  // The stack is for us; what a parser says may repeat the body, and with it the password.
  if (refusal.code === 'internal_error') console.error(error)
  const { body } = refusal
  if (body.status === 401) res.set('WWW-Authenticate', 'Bearer realm="account"')
  if ('retry_after' in body) res.set('Retry-After', String(body.retry_after))
  res.status(body.status).type('application/problem+json').send(JSON.stringify(body))
}
