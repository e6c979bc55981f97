/** Refusals as RFC 9457 problems, in the same shape as Twinlock's own. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type CODES, isTwoFactorError, problem } from 'twinlock'

const OWN = {
  wrong_credentials: { status: 401, title: 'the name or the password is wrong' },
  session_ended: { status: 401, title: 'the session has ended, sign in again' },
  username_taken: { status: 409, title: 'this user name is taken' },
  email_taken: { status: 409, title: 'this e-mail address is taken' },
  too_many_requests: { status: 429, title: 'too many attempts, wait a little' },
} as const

/** What Fastify refuses by itself, by the status it would answer. */
const OF_FRAMEWORK = { 400: 'malformed_request', 404: 'not_found', 413: 'too_large', 415: 'not_json' } as const

type OwnCode = keyof typeof OWN
type Code = OwnCode | (typeof CODES)[number]

/** A field of a request that cannot be used. */
export interface FieldProblem {
  readonly field: string
  readonly message: string
}

interface Members {
  readonly fields?: readonly FieldProblem[]
  /** Seconds. */
  readonly retry_after?: number
}

/** A refusal of the application. */
export class Problem extends Error {
  readonly code: Code
  readonly members: Members

  /**
   * @param code - one of the application's own or of Twinlock's list
   * @param members - further members of the body
   */
  constructor(code: Code, members: Members = {}) {
    super(code)
    this.code = code
    this.members = members
  }

  /** The body of the answer. */
  get body(): { readonly status: number } {
    return { ...known(this.code), ...this.members }
  }

  /** Answers with it. */
  send(reply: FastifyReply): FastifyReply {
    const { body, members } = this
    if (body.status === 401) reply.header('WWW-Authenticate', 'Bearer realm="account"')
    if (members.retry_after !== undefined) reply.header('Retry-After', String(members.retry_after))
    return reply.code(body.status).type('application/problem+json').send(JSON.stringify(body))
  }
}

/** A request with a field that cannot be used. */
export function malformed(field: string, message: string): Problem {
  return new Problem('malformed_request', { fields: [{ field, message }] })
}

/** Answers every refusal in the one shape; Twinlock's own are told by Twinlock. */
export async function answerProblems(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (error instanceof Problem) return error.send(reply)
  if (isTwoFactorError(error)) return request.server.twinlock.problems(error, request, reply)
  if (error.validation !== undefined) return invalid(error).send(reply)
  const { statusCode = 500 } = error
  if (statusCode < 500)
    return new Problem(OF_FRAMEWORK[statusCode as keyof typeof OF_FRAMEWORK] ?? 'malformed_request').send(reply)
  request.log.error({ err: error }, 'a fault')
  return new Problem('internal_error').send(reply)
}

function known(code: Code): { status: number } {
  if (!isOwn(code)) return problem(code)
  return { ...{ type: 'about:blank', code }, ...OWN[code] }
}

function isOwn(code: Code): code is OwnCode {
  return Object.hasOwn(OWN, code)
}

/** What was wrong, without what was sent: it may hold the password. */
function invalid({ validation = [] }: FastifyError): Problem {
  const fields = validation.map(({ instancePath, params, message = 'cannot be used' }) => {
    const missing = params['missingProperty']
    const path = [...instancePath.split('/').slice(1), ...(typeof missing === 'string' ? [missing] : [])]
    return { field: path.join('.'), message: typeof missing === 'string' ? 'is missing' : message }
  })
  return new Problem('malformed_request', { fields })
}
