/** Requests exactly as written, to a server of a test. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type RequestListener,
  request,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import type { Options } from 'twinlock/express'
import { FakePhone } from 'twinlock/testing'
import { engine } from './engine.ts'

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, each compared by its test
  readonly json: any
}

export interface Sent {
  readonly headers?: OutgoingHttpHeaders
  /** JSON unless it is text or bytes. */
  readonly body?: unknown
}

/** A client of one server. */
export interface Client {
  readonly port: number
  call(method: string, path: string, sent?: Sent): Promise<Answer>
}

/** Serves on the loopback until the tests of the file are done. */
export async function serving(app: RequestListener): Promise<Client> {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { port, call: (method, path, sent) => call(port, method, path, sent) }
}

async function call(port: number, method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Answer> {
  const bytes = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const given =
    bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) }
  // A connection each, so that one that was cut harms no other call.
  const asked = request({ agent: false, port, host: '127.0.0.1', method, path, headers: { ...given, ...headers } })
  asked.end(bytes)
  const [answer] = await once(asked, 'response')
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part)
  const text = Buffer.concat(parts).toString()
  const isJson = String(answer.headers['content-type']).includes('json')
  return { status: answer.statusCode, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined }
}

/** An engine, and hooks of an application where the header `x-user` says who is signed in. */
export function hooks() {
  const { twoFactor, clock, storage } = engine()
  const options = {
    twoFactor,
    user: (req: { headers: IncomingHttpHeaders }) => {
      const id = req.headers['x-user']
      return typeof id === 'string' ? { id } : null
    },
    onVerified: () => ({}),
    proof: 'bearer',
  } satisfies Partial<Options<never, never, { id: string }>>
  return { options, clock, storage, twoFactor }
}

/** Switches the second factor of a user on, through the routes at `/2fa`. */
export async function setUp(
  call: Client['call'],
  now: () => number,
  headers: OutgoingHttpHeaders = { 'x-user': '42' },
): Promise<{ phone: FakePhone; answer: Answer }> {
  const setup = await call('POST', '/2fa/setup', { headers })
  const phone = new FakePhone(setup.json.otpauth_uri, now)
  const body = { setup: setup.json.setup, code: phone.code() }
  return { phone, answer: await call('POST', '/2fa/setup/confirm', { headers, body }) }
}

/** Path, headers and answer of a refusal, in short. */
export function told({ status, json }: Pick<Answer, 'status' | 'json'>): [number, string] {
  return [status, json?.code]
}
