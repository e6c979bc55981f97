/** The shipped types of the routes, as programs see them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const folder = fileURLToPath(new URL('types/', import.meta.url))
const options =
  '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --target es2022 --lib es2022 --skipLibCheck'

async function compile(file: string, module = 'nodenext'): Promise<string> {
  const given = `${options} --module ${module} --moduleResolution ${module} --types node`.split(' ')
  const done = await run(process.execPath, [tsc, ...given, file]).catch(failed => failed)
  return done.stdout
}

for (const name of ['express', 'fastify']) {
  test(`a program with ${name} compiles, its mistakes do not`, async () => {
    assert.equal(await compile(`${folder}${name}.ts`), '')
  })
}

describe('app.twinlock', () => {
  const scratch = mkdtempSync(`${folder}fastify-`)
  after(() => rmSync(scratch, { recursive: true }))
  const program = `import fastify from 'fastify'\nexport const guard = fastify().twinlock.required()\n`

  test('is there once twinlock/fastify is imported', async () => {
    writeFileSync(`${scratch}/with.ts`, `import 'twinlock/fastify'\n${program}`)
    assert.equal(await compile(`${scratch}/with.ts`), '')
  })

  test('and not without', async () => {
    writeFileSync(`${scratch}/without.ts`, program)
    assert.match(await compile(`${scratch}/without.ts`), /Property 'twinlock' does not exist/)
  })
})

test('no type of the routes is any', () => {
  for (const name of ['express', 'fastify']) {
    const text = readFileSync(new URL(`../dist/${name}/index.d.ts`, import.meta.url), 'utf8')
    assert.doesNotMatch(text, /:\s*any\b|<any\b/)
  }
})

test('the examples of docs/http.md compile', async t => {
  const scratch = mkdtempSync(`${folder}http-docs-`)
  t.after(() => rmSync(scratch, { recursive: true }))
  const page = readFileSync(new URL('../docs/http.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example = '']) => example)
  assert.equal(examples.length, 2)
  for (const [at, example] of examples.entries()) {
    const file = `${scratch}/${at}.ts`
    writeFileSync(file, surroundings(example) + example)
    assert.equal(await compile(file), '')
  }
})

/** What an example takes from the program around it. */
function surroundings(example: string): string {
  const lines = [
    "import type { TwoFactor } from 'twinlock'",
    'declare const twoFactor: TwoFactor, secret: string, users: Map<string, User>',
    'interface User { id: string }',
    'declare function checkPassword(body: unknown): Promise<User | null>',
    'declare function sign(claims: object): string',
  ]
  const express = [
    "declare module 'express-session' { interface SessionData { user: User | undefined } }",
    'declare function payout(req: express.Request, res: express.Response): void',
  ]
  const fastify = [
    'declare function verifyToken(request: FastifyRequest): Promise<void>',
    'declare function userOf(request: FastifyRequest): User | null',
    'declare function claimsOf(request: FastifyRequest): { tfa?: string }',
    'declare function payout(request: FastifyRequest): Promise<object>',
  ]
  return `${[...lines, ...(example.includes("from 'express'") ? express : fastify)].join('\n')}\n`
}
