/** A server on the loopback that answers to order and remembers what it was asked. */
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'

export interface Call {
  readonly line: string
  readonly headers: IncomingHttpHeaders
  /** JSON where it is JSON, else the text. */
  readonly body: unknown
}

/** Status, body (JSON unless it is a string), headers. */
export type Reply = readonly [status: number, body?: unknown, headers?: Record<string, string>]
type Responder = Reply | ((call: Call) => Reply | Promise<Reply>)

export class Answers {
  readonly calls: Call[] = []
  /** What is answered next, in order. */
  readonly queue: Responder[] = []
  /** What is answered when nothing is queued. */
  otherwise: Responder = [200, {}]
  readonly #server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const call = { line: `${request.method} ${request.url}`, headers: request.headers, body: parsed(text) }
    this.calls.push(call)
    const next = this.queue.shift() ?? this.otherwise
    const [status, body, headers] = typeof next === 'function' ? await next(call) : next
    response.writeHead(status, { 'Content-Type': 'application/problem+json', ...headers })
    response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  })

  /** Starts one for the tests of a file. */
  static async start(): Promise<Answers> {
    const answers = new Answers()
    answers.#server.listen(0, '127.0.0.1')
    await once(answers.#server, 'listening')
    after(() => {
      answers.#server.close()
      answers.#server.closeAllConnections()
    })
    return answers
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get base(): string {
    return `${this.origin}/2fa`
  }

  get lines(): string[] {
    return this.calls.map(({ line }) => line)
  }

  reset(): void {
    this.calls.length = this.queue.length = 0
    this.otherwise = [200, {}]
  }
}

/** A refusal as the contract has it. */
export function problem(status: number, code: string, more: Record<string, unknown> = {}): Reply {
  return [status, { type: `urn:twinlock:problem:${code}`, title: code, status, code, detail: `told: ${code}`, ...more }]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
