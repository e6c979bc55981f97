#!/usr/bin/env node
/**
 * Packs the package and its native module as npm would publish them. Build first: `npm run build`.
 *
 *   node scripts/pack.mjs FOLDER [--platform linux-x64-gnu --native FILE]     both tarballs, for this machine if nothing else is said
 *   node scripts/pack.mjs FOLDER --root                                       the package alone
 *
 * The package depends on the platform packages optionally: npm installs the one that fits. They are named only in what is
 * packed, so that a working tree installs without them.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const PACKAGE = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const PLATFORMS = readdirSync(join(PACKAGE, 'npm')).sort()
const LICENSES = ['LICENSE-APACHE', 'LICENSE-MIT']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { platform: { type: 'string' }, native: { type: 'string' }, root: { type: 'boolean' } },
})
const [folder] = positionals
if (folder === undefined) throw new Error('say into which folder')
mkdirSync(folder, { recursive: true })
if (values.root || values.platform === undefined) packRoot(resolve(folder))
if (!values.root) packPlatform(resolve(folder), values.platform ?? thisPlatform(), values.native ?? builtHere())

function packRoot(folder) {
  const described = read(join(PACKAGE, 'package.json'))
  const { scripts: _, devDependencies: __, overrides: ___, ...kept } = described
  const optional = Object.fromEntries(PLATFORMS.map(platform => [`@twinlock/${platform}`, described.version]))
  staged(folder, stage => {
    for (const file of described.files) {
      if (!LICENSES.includes(file)) cpSync(join(PACKAGE, file), join(stage, file), { recursive: true })
    }
    write(join(stage, 'package.json'), { ...kept, optionalDependencies: optional })
  })
}

function packPlatform(folder, platform, native) {
  if (!PLATFORMS.includes(platform)) throw new Error(`there is no package for ${platform}; there are ${PLATFORMS.join(', ')}`)
  if (!existsSync(native)) throw new Error(`there is no ${native}: run npm run build`)
  staged(folder, stage => {
    const described = read(join(PACKAGE, 'npm', platform, 'package.json'))
    write(join(stage, 'package.json'), { ...described, version: read(join(PACKAGE, 'package.json')).version })
    cpSync(native, join(stage, 'twinlock.node'))
  })
}

/** Lays out a package in a folder of its own and packs that. */
function staged(folder, fill) {
  const stage = mkdtempSync(join(tmpdir(), 'twinlock-pack-'))
  try {
    fill(stage)
    for (const license of LICENSES) cpSync(join(PACKAGE, '..', license), join(stage, license))
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: stage, encoding: 'utf8' })
    console.log(join(folder, packed.trim()))
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

function thisPlatform() {
  const { platform, arch } = process
  if (platform === 'win32') return `win32-${arch}-msvc`
  if (platform !== 'linux') return `${platform}-${arch}`
  const { glibcVersionRuntime } = process.report.getReport().header
  return `linux-${arch}-${glibcVersionRuntime ? 'gnu' : 'musl'}`
}

function builtHere() {
  return join(PACKAGE, 'native', 'twinlock.node')
}

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function write(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
}
