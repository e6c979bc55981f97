/** The shipped types, as a program in a browser and one on a server see them; and the documentation's examples. */
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
const strict = '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --target es2022'.split(' ')
const programs = {
  'in a browser, bundled': '--lib es2022,dom,dom.iterable --module esnext --moduleResolution bundler --typeRoots none',
  'on a server': '--lib es2022 --module nodenext --moduleResolution nodenext --types node',
}

async function compile(options: string, files: string[]): Promise<string> {
  const done = await run(process.execPath, [tsc, ...strict, ...options.split(' '), ...files]).catch(failed => failed)
  return done.stdout
}

for (const [name, options] of Object.entries(programs)) {
  test(`a wrong body does not compile, a right one does, ${name}`, async () => {
    assert.equal(await compile(options, [`${folder}client.ts`]), '')
  })
}

test('the elements have their properties and events, bundled', async () => {
  assert.equal(await compile(programs['in a browser, bundled'], [`${folder}web.ts`]), '')
})

describe('the examples of docs/client.md', () => {
  const scratch = mkdtempSync(`${folder}docs-`)
  after(() => rmSync(scratch, { recursive: true }))

  const page = readFileSync(new URL('../docs/client.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example = '']) => example)

  test('compile', async () => {
    assert.ok(examples.length >= 3)
    const files = examples.map((example, at) => {
      const file = `${scratch}/${at}.ts`
      writeFileSync(file, surroundings(example) + example)
      return file
    })
    assert.equal(await compile(programs['in a browser, bundled'], files), '')
  })
})

/** What an example takes from the program around it. */
function surroundings(example: string): string {
  const lines = [
    'interface Tokens { access_token: string; refresh_token: string }',
    'declare const challenge: string, code: string, body: string, user: string, password: string',
    'declare function wait(seconds: number | undefined): void',
    'declare function askForThree(): void',
    'declare function askForCode(): Promise<string>',
    'declare function login(user: string, password: string): Promise<Tokens>',
    'declare function renew(token: string): Promise<Tokens>',
  ]
  if (!example.includes('import {')) lines.unshift("import { createClient, isProblem } from 'twinlock/client'")
  if (!example.includes('const client')) lines.push('const client = createClient()')
  return `${lines.join('\n')}\nexport {}\n`
}
