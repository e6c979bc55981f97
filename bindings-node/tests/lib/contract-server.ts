/** The servers that the HTTP suite runs: the contract as each integration serves it, in every proof mode. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = new URL('../../../', import.meta.url)
const venv = fileURLToPath(new URL('.venv/bin/python', root))
const START_SECONDS = 30

/** Their programs, and what runs them. */
const SERVERS = {
  FastAPI: [process.env['PYTHON'] ?? (existsSync(venv) ? venv : 'python3'), 'fastapi_server.py'],
  Express: [process.execPath, 'express_server.mjs'],
  Fastify: [process.execPath, 'fastify_server.mjs'],
} as const

/** Starts one for the tests of a file and gives its address. */
export async function startServer(name: keyof typeof SERVERS): Promise<string> {
  const [port, [program, file]] = [await freePort(), SERVERS[name]]
  const script = fileURLToPath(new URL(`tests/http/servers/${file}`, root))
  const server = spawn(program, [script], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(server, 'exit')
  after(async () => {
    server.kill()
    await ended
  })
  let output = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', text => {
      output += text
    })
  }
  const base = `http://127.0.0.1:${port}`
  for (let waited = 0; waited < START_SECONDS && server.exitCode === null; waited += 0.1) {
    const up = await fetch(`${base}/bearer/test/clock`).then(
      answer => answer.ok,
      () => false,
    )
    if (up) return base
    await sleep(100)
  }
  throw new Error(`the server for ${name} did not start (make builds what it needs):\n${output.slice(-2000)}`)
}

/** A `fetch` with cookies, as a browser's. */
export function withCookies(): typeof fetch {
  const jar = new Map<string, string>()
  return async (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('Cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(input, { ...init, headers })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value && !/max-age=0/i.test(cookie)) jar.set(name, value)
      else jar.delete(name)
    }
    return response
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
