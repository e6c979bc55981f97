'use strict'
// Finds the native module: the platform package that npm installed beside this one, else the file built in this tree.
// One file for ESM and CommonJS, so that both share one module when a process loads both.
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const PACKAGES = {
  'linux-x64': ['@twinlock/linux-x64-gnu', '@twinlock/linux-x64-musl'],
  'linux-arm64': ['@twinlock/linux-arm64-gnu', '@twinlock/linux-arm64-musl'],
  'darwin-x64': ['@twinlock/darwin-x64'],
  'darwin-arm64': ['@twinlock/darwin-arm64'],
  'win32-x64': ['@twinlock/win32-x64-msvc'],
}

function load() {
  const platform = `${process.platform}-${process.arch}`
  const packages = PACKAGES[platform]
  const local = join(__dirname, 'twinlock.node')
  const failures = []
  for (const name of [...(packages ?? []), ...(existsSync(local) ? [local] : [])]) {
    try {
      return require(name)
    } catch (error) {
      failures.push(error)
    }
  }
  throw Object.assign(
    new Error(packages ? missing(packages, failures) : unsupported(platform), { cause: failures[0] }),
    {
      code: 'native_missing',
    },
  )
}

function missing(packages, failures) {
  const [first, second] = packages
  const name = second !== undefined && isMusl() ? second : first
  const broken = failures.find(error => error.code !== 'MODULE_NOT_FOUND')
  if (broken) return `twinlock: its native module does not load: ${broken.message}`
  return [
    `twinlock: its native module is missing: the package ${name} is not installed.`,
    'It is an optional dependency of twinlock, which npm skips when it is told to omit those, or when the lock file was made on',
    'another platform. What to do: run `npm install --include=optional`; if that does not help, delete node_modules and',
    `package-lock.json and install again; or name it yourself: \`npm install ${name}@${require('../package.json').version}\`.`,
  ].join('\n')
}

function unsupported(platform) {
  return `twinlock: there is no native module for ${platform}; there is one for ${Object.keys(PACKAGES).join(', ')}.`
}

function isMusl() {
  // A report would look up every network peer's name otherwise.
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime === undefined
}

module.exports = load()
