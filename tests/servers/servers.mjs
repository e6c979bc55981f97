/**
 * Real servers for Node's tests:
 *
 *     const server = await start('postgres')
 *     const pool = new pg.Pool({ connectionString: server.url })
 *     await server.command('kill')     // SIGKILL; then 'start': same port, same data
 *     await server.stop()              // ends it and deletes everything; also happens when this process ends
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('run.py', import.meta.url))

/**
 * @param {'postgres' | 'mariadb' | 'redis' | 'redis-cluster' | 'etcd-cluster'} kind
 * @param {{ fast?: boolean, options?: Record<string, string | number> }} [settings] `fast`: no waiting for the disk;
 *   `options`: settings of the server by name
 */
export async function start(kind, { fast = false, options = {} } = {}) {
  const named = Object.entries(options).map(([name, value]) => `--option=${name}=${value}`)
  const child = spawn('python3', [PROGRAM, kind, ...(fast ? ['--fast'] : []), ...named], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const waiting = []
  let gone = false
  createInterface({ input: child.stdout })
    .on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)))
    .on('close', () => {
      gone = true
      for (const { reject } of waiting.splice(0)) reject(new Error('the server program has ended; it says why above'))
    })
  child.stdin.on('error', () => {}) // it ended: the waiting answer tells
  const answer = () =>
    new Promise((resolve, reject) => {
      if (gone) reject(new Error('the server program has ended'))
      else waiting.push({ resolve, reject })
    })

  const facts = await answer()
  return {
    ...facts,
    /** One of `kill`, `stop`, `start`, `pause`, `resume`, also with a node's number: `kill 1`. Resolves when it is done. */
    async command(line) {
      const answered = answer()
      child.stdin.write(`${line}\n`)
      const told = await answered
      if (!told.ok) throw new Error(told.error)
      return told
    },
    /** Ends the server and deletes its data. */
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
