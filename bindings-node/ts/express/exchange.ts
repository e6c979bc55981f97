/** A request and response of Express, as the contract sees them. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Request, Response } from 'express'
import type { Answer } from '../http/answers.ts'
import { Body, fromBytes, fromParsed, hasBody, read } from '../http/bodies.ts'
import { Exchange } from '../http/exchange.ts'

/** What Express says of a request; its `trust proxy` setting decides what proxies may tell. */
export class ExpressExchange extends Exchange<Request, Response> {
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
    return this.request.url
  }

  /** Takes what a parser before us made of the body; where there was none, reads it. */
  async readBody(): Promise<Body> {
    const { headers } = this.request
    const parsed: unknown = this.request.body
    if (!hasBody(headers)) return new Body({})
    if (parsed instanceof Uint8Array) return fromBytes(parsed, headers)
    if (typeof parsed === 'string') return fromBytes(Buffer.from(parsed), headers)
    if (parsed === undefined || this.#isLeftUnread(parsed)) return read(this.request, headers)
    return fromParsed(parsed, headers)
  }

  /** Older parsers leave `{}` where the body was not of their type. */
  #isLeftUnread(parsed: unknown): boolean {
    const empty = typeof parsed === 'object' && parsed !== null && Object.keys(parsed).length === 0
    return empty && !this.request.readableDidRead
  }
}

/** Sends an answer of ours. */
export async function send({ reply, setCookieLines }: ExpressExchange, answer: Answer): Promise<void> {
  // Whoever answers in `onVerified` answers before the proof is stored: that must not stay unnoticed.
  if (reply.headersSent)
    throw new Error('onVerified must not send the response: give an object, or a function that does')
  for (const line of setCookieLines) reply.append('Set-Cookie', line)
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.setHeader(name, value)
  if (answer.status !== undefined) reply.statusCode = answer.status
  if (answer.instead !== undefined) {
    await answer.instead()
  } else if (answer.body === undefined) {
    reply.end()
  } else {
    if (answer.headers?.['Content-Type'] === undefined)
      reply.setHeader('Content-Type', 'application/json; charset=utf-8')
    reply.end(JSON.stringify(answer.body))
  }
}
