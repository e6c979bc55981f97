// Holds what `twinlock/client` promises of the built package: small, nothing of Node, no dependency, nothing unused kept.
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const LIMIT = 3 * 1024
const root = fileURLToPath(new URL('..', import.meta.url))
const builtin = new RegExp(`(?:from|import|require\\()\\s*\\(?["'](?:node:|(?:${builtinModules.join('|')})["'])`)
const node = /\b(?:process|Buffer|__dirname|__filename|setImmediate)\b/
const faults = []

/** What a browser gets of a program that uses these names, and which files it came from. */
async function bundle(names) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: `export { ${names} } from 'twinlock/client'`, resolveDir: root },
    bundle: true,
    minify: true,
    metafile: true,
    write: false,
    outdir: 'out',
    format: 'esm',
    // Without a platform of its own esbuild would put `node:` imports aside; like this each of them is an error.
    platform: 'browser',
    target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
    logLevel: 'silent',
  })
  return { text: outputFiles[0].text, files: Object.keys(metafile.inputs).filter(file => file !== '<stdin>') }
}

for (const names of ['createClient, isProblem, ProblemError, stepUpDialog', 'createClient', 'isProblem', 'stepUpDialog']) {
  const { text, files } = await bundle(names)
  const size = gzipSync(text, { level: 9 }).length
  console.log(`${names}: ${text.length} bytes, ${size} bytes gzip (limit ${LIMIT})`)
  if (size > LIMIT) faults.push(`${names} is over its limit by ${size - LIMIT} bytes`)
  if (node.test(text)) faults.push(`${names} uses ${node.exec(text)[0]}`)
  for (const file of files.filter(one => !one.startsWith('dist/'))) faults.push(`${names} depends on ${file}`)
  if (names === 'isProblem' && text.includes('Twinlock-')) faults.push('isProblem alone brings the whole client along')
}
for (const name of ['index.js', 'index.cjs']) {
  const text = readFileSync(`${root}dist/client/${name}`, 'utf8')
  if (builtin.test(text)) faults.push(`dist/client/${name} imports from Node: ${builtin.exec(text)[0]}`)
  if (!/webpackIgnore: true/.test(text)) faults.push(`dist/client/${name} lost the comments that keep bundlers off the pages`)
}

for (const fault of faults) console.error(fault)
process.exitCode = faults.length ? 1 : 0
