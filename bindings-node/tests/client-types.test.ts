/** The shipped types, as a program in a browser and one on a server see them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const fixture = fileURLToPath(new URL('types/client.ts', import.meta.url))
const strict = '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --target es2022'.split(' ')

const programs = {
  'in a browser, bundled': '--lib es2022,dom,dom.iterable --module esnext --moduleResolution bundler --typeRoots none',
  'on a server': '--lib es2022 --module nodenext --moduleResolution nodenext --types node',
}
for (const [name, options] of Object.entries(programs)) {
  test(`a wrong body does not compile, a right one does, ${name}`, async () => {
    const done = await run(process.execPath, [tsc, ...strict, ...options.split(' '), fixture]).catch(failed => failed)
    assert.equal(done.stdout, '')
  })
}
