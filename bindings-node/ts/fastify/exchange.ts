/** A request and reply of Fastify, as the contract sees them. */
import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answer } from '../http/answers.ts'
import { Body, fromBytes, fromParsed, hasBody, read } from '../http/bodies.ts'
import { Exchange } from '../http/exchange.ts'

/** What Fastify says of a request; its `trustProxy` setting decides what proxies may tell. */
export class FastifyExchange extends Exchange<FastifyRequest, FastifyReply> {
  get method(): string {
    return this.request.method
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers
  }

  get scheme(): string {
    return this.request.protocol
  }

  get host(): string {
    return this.request.host ?? ''
  }

  get address(): string | undefined {
    return this.request.ip
  }

  get url(): string {
    return this.request.raw.url ?? this.request.url
  }

  /** On our own routes the body is the unread stream; on the application's what its parsers made of it. */
  async readBody(): Promise<Body> {
    const { headers } = this.request
    const body: unknown = this.request.body
    if (body instanceof Readable) return read(body, headers)
    if (!hasBody(headers)) return new Body({})
    if (body instanceof Uint8Array) return fromBytes(body, headers)
    if (typeof body === 'string') return fromBytes(Buffer.from(body), headers)
    return fromParsed(body, headers)
  }
}

/** Sends an answer of ours. */
export async function send({ reply, setCookieLines }: FastifyExchange, answer: Answer): Promise<FastifyReply> {
  // Whoever answers in `onVerified` answers before the proof is stored: that must not stay unnoticed.
  if (reply.sent) throw new Error('onVerified must not send the reply: give an object, or a function that does')
  for (const line of setCookieLines) reply.header('Set-Cookie', line)
  reply.headers({ ...answer.headers })
  if (answer.status !== undefined) reply.code(answer.status)
  if (answer.instead !== undefined) {
    await answer.instead()
    return reply
  }
  if (answer.body === undefined) return reply.send()
  if (answer.headers?.['Content-Type'] === undefined) reply.header('Content-Type', 'application/json; charset=utf-8')
  // As text, so that no serializer of the application leaves members out.
  return reply.send(JSON.stringify(answer.body))
}
