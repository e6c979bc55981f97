/** A real server process on a free port. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The folder of the example. */
export const HERE = fileURLToPath(new URL('../..', import.meta.url))
const START_MS = 60_000
const OURS = /^(TWINLOCK|JWT|APP|FRONTEND|TRUST|POLICY|FIXED|DATABASE)_/

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  await new Promise(resolve => probe.close(resolve))
  return port
}

/** What tests start with: nothing of ours that happens to be set here. */
export function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name))), ...env }
}

/** Starts `app/demo.ts`, or another script, and waits until it answers. */
export async function start(env: NodeJS.ProcessEnv, script = 'app/demo.ts') {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const all = environment({ SIGN_IN_LIMIT: '1000/minute', ...env, PORT: String(port) })
  const server = spawn(process.execPath, ['--import', 'tsx', script], {
    cwd: HERE,
    env: all,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(server, 'exit')
  let output = ''
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const stop = async () => {
    server.kill()
    await ended
    return output
  }
  after(stop)
  for (const limit = Date.now() + START_MS; Date.now() < limit && server.exitCode === null; ) {
    if (
      await fetch(url).then(
        answer => answer.ok,
        () => false,
      )
    )
      return { url, port, stop, output: () => output }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`the server did not start:\n${output}`)
}

/** A script that runs to its end. */
export async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(program, args, { cwd: HERE, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, said }
}

/** Runs what has to succeed. */
export async function walk(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<void> {
  const { status, said } = await run(program, args, env)
  assert.equal(status, 0, said)
  assert.match(said, /all done\n$/)
}

/** A reason to skip where programs are missing; a CI that lacks them fails. */
export function unless(...tools: string[]): { skip: string | false } {
  const missing = tools.filter(tool => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  return { skip: missing.length > 0 && !process.env['CI'] ? `missing: ${missing.join(', ')}` : false }
}
