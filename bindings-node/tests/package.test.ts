/** What npm would publish: both tarballs, installed together into an empty folder without a network. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { KeyRing } from 'twinlock'
import { asCommonJs, asModule, PRINTED, snippets } from './lib/snippet.ts'

interface Manifest {
  name: string
  version: string
  os: string[]
  cpu: string[]
  libc?: string[]
  main: string
  scripts?: object
  dependencies?: object
  devDependencies?: object
  optionalDependencies?: Record<string, string>
}

const here = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'twinlock-package-'))
const app = join(folder, 'app')
const [snippet, ...others] = snippets(new URL('../README.md', import.meta.url))
after(() => rmSync(folder, { recursive: true, force: true }))

function run(command: string, words: string[], cwd: string): { status: number | null; out: string; err: string } {
  // Tests that the program runs are its own, not ours.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const env = { ...inherited, TWINLOCK_KEYS: KeyRing.generate().toText(), NODE_PATH: '', NODE_OPTIONS: '' }
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd, env, encoding: 'utf8', timeout: 120_000 })
  if (error) throw error
  return { status, out: stdout, err: stderr }
}

function done(command: string, words: string[], cwd: string): string {
  const { status, out, err } = run(command, words, cwd)
  assert.equal(status, 0, err)
  return out
}

function script(name: string, text: string): ReturnType<typeof run> {
  writeFileSync(join(app, name), text)
  rmSync(join(app, '2fa.db'), { force: true })
  return run(process.execPath, [name], app)
}

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8'))
}

before(() => {
  const packed = done(process.execPath, [here('scripts/pack.mjs'), join(folder, 'packed')], here('.'))
    .trim()
    .split('\n')
  assert.equal(packed.length, 2)
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{ "private": true }')
  done('npm', ['install', '--offline', '--no-audit', '--no-fund', ...packed], app)
})

describe('the installed package', () => {
  test("runs the README's snippet as an ES module, and the process ends", () => {
    const { status, out, err } = script('snippet.mjs', asModule(snippet))
    assert.deepEqual({ status, out, err }, { status: 0, out: PRINTED, err: '' })
  })

  test("runs the README's snippet as CommonJS, and the process ends", () => {
    const { status, out, err } = script('snippet.cjs', asCommonJs(snippet))
    assert.deepEqual({ status, out, err }, { status: 0, out: PRINTED, err: '' })
  })

  test("runs the README's snippet for tests of an application", () => {
    const snippet = others.find(text => text.includes('new VirtualClock()'))
    const { status, out, err } = script(
      'testing.mjs',
      `${snippet}\nconsole.log(enrolled.backupCodes.length, typeof assurance)`,
    )
    assert.deepEqual({ status, out, err }, { status: 0, out: '10 string\n', err: '' })
  })

  test("runs the README's snippet for a storage of one's own", () => {
    const snippet = others.find(text => text.includes('storageLaws'))
    writeFileSync(
      join(app, 'my-storage.js'),
      `const { MemoryStorage } = require('twinlock')
       exports.MyStorage = function () { return Object.assign(memory, { end() {} }) }
       const memory = new MemoryStorage()`,
    )
    const { status, out } = script('storage.mjs', snippet ?? '')
    assert.equal(status, 0, out)
    assert.match(out, /# pass 14\n# fail 0/)
  })

  test('has the command', () => {
    const key = done(join(app, 'node_modules/.bin/twinlock'), ['keygen'], app)
    assert.doesNotThrow(() => KeyRing.fromText(key))
    assert.match(
      done(join(app, 'node_modules/.bin/twinlock'), ['schema', 'postgres'], app),
      /CREATE TABLE twinlock_record/,
    )
  })

  test('loads the native module once for both kinds of modules: an error of one is known to the other', () => {
    const { status, out, err } = script(
      'both.mjs',
      `import { createRequire } from 'node:module'
       import { isTwoFactorError, KeyRing } from 'twinlock'
       const other = createRequire(import.meta.url)('twinlock')
       for (const [make, knows] of [[KeyRing, other.isTwoFactorError], [other.KeyRing, isTwoFactorError]]) {
         try { make.fromText('x') } catch (error) { console.log(knows(error), error.code) }
       }`,
    )
    assert.deepEqual({ status, out, err }, { status: 0, out: 'true configuration_error\n'.repeat(2), err: '' })
  })

  test('needs nothing else and runs nothing when it is installed', () => {
    const { scripts, dependencies, devDependencies } = manifest(join(app, 'node_modules/twinlock/package.json'))
    assert.deepEqual(
      { scripts, dependencies, devDependencies },
      { scripts: undefined, dependencies: undefined, devDependencies: undefined },
    )
    assert.deepEqual(
      readdirSync(join(app, 'node_modules'))
        .filter(name => !name.startsWith('.'))
        .sort(),
      ['@twinlock', 'twinlock'],
    )
  })

  test('has the pages in every language, and their types beside them', () => {
    const files = readdirSync(join(app, 'node_modules/twinlock/dist/web'))
    const languages = ['ar', 'de', 'es', 'fr', 'ja', 'pt', 'zh'].map(language => `twinlock.${language}.js`)
    const types = ['react.d.ts', 'twinlock.d.ts', 'vue.d.ts']
    assert.deepEqual(files.sort(), ['twinlock.css', 'twinlock.js', ...languages, ...types].sort())
    const { status, err } = script(
      'web.mjs',
      "console.log(['', '/react', '/vue', '/twinlock.css'].map(at => import.meta.resolve('twinlock/web' + at)).length)",
    )
    assert.equal(status, 0, err)
  })

  test('holds no sources, tests, native module or path of the machine that packed it', () => {
    const root = join(app, 'node_modules/twinlock')
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(file => file.isFile())
    const paths = files.map(file => join(file.parentPath ?? file.path, file.name))
    assert(paths.length > 20)
    for (const path of paths) {
      assert.doesNotMatch(path.slice(root.length), /\.node$|\/tests?\/|\/ts\/|tsconfig|\.tgz$/)
      assert(!readFileSync(path, 'latin1').includes(here('..').slice(0, -1)), `${path} names a folder of this machine`)
    }
    for (const name of ['README.md', 'LICENSE-MIT', 'LICENSE-APACHE']) assert(paths.includes(join(root, name)), name)
  })

  test('says what is missing when npm left the native module out, and what to do', () => {
    const [kept, moved] = [join(app, 'node_modules/@twinlock'), join(folder, 'moved')]
    renameSync(kept, moved)
    try {
      for (const [name, text] of [
        ['missing.mjs', "import 'twinlock'"],
        ['missing.cjs', "require('twinlock')"],
      ] as const) {
        const { status, err } = script(name, text)
        assert.equal(status, 1)
        assert.match(err, /@twinlock\/linux-x64-gnu/)
        assert.match(err, /npm install/)
        assert.match(err, /optional/)
      }
    } finally {
      renameSync(moved, kept)
    }
  })
})

describe('the platform packages', () => {
  const root = manifest(here('package.json'))
  for (const platform of readdirSync(here('npm'))) {
    test(`${platform} says where it fits, and has the version of the package`, () => {
      const { name, version, os, cpu, libc, main, scripts, dependencies } = manifest(
        here(`npm/${platform}/package.json`),
      )
      assert.deepEqual([name, version, main], [`@twinlock/${platform}`, root.version, 'twinlock.node'])
      const [system, processor, abi] = platform.split('-')
      assert.deepEqual([os, cpu], [[system], [processor]])
      assert.deepEqual(libc, system === 'linux' ? [abi === 'gnu' ? 'glibc' : 'musl'] : undefined)
      assert.deepEqual([scripts, dependencies], [undefined, undefined])
    })
  }

  test('are all named in what is published, in its own version', () => {
    const { optionalDependencies } = manifest(join(app, 'node_modules/twinlock/package.json'))
    const wanted = readdirSync(here('npm')).map(platform => [`@twinlock/${platform}`, root.version])
    assert.deepEqual(optionalDependencies, Object.fromEntries(wanted))
  })
})
