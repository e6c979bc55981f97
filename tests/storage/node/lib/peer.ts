/** Twinlock in Python, as a process that answers line by line: `tests/storage/both/peer.py`. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { KEYS } from './people.ts'

const at = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url))

/** An answer: what the call gave, or the code of the refusal. */
export interface Answer {
  readonly ok?: unknown
  readonly refused?: string
}

/** Starts the other side on the same data. */
export function peer(kind: 'sqlite' | 'sqlalchemy' | 'redis' | 'redis-cluster', where: string) {
  const env = { ...process.env, TWINLOCK_KEYS: KEYS }
  const python = spawn(at('.venv/bin/python'), [at('tests/storage/both/peer.py'), kind, where], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = []
  createInterface({ input: python.stdout }).on('line', line => waiting.shift()?.resolve(JSON.parse(line)))
  python.on('close', code => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`Python ended with ${code}`))
  })
  python.stdin.on('error', () => {}) // It ended: the waiting answer tells.
  return {
    /** Calls a method of the other side at a time of its clock. */
    ask(call: string, now: number, values: Record<string, unknown> = {}): Promise<Answer> {
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        python.stdin.write(`${JSON.stringify({ call, now, ...values })}\n`)
      })
    },
    stop: () => python.stdin.end(),
  }
}
