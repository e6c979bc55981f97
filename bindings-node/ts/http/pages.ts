/**
 * The built custom elements: `<prefix>/web/twinlock.js`, `twinlock.css` and, one file a language, `twinlock.de.js`.
 *
 * They hold nothing of any user, so they may be kept by browsers, which ask each time whether they changed.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { Headers } from './answers.ts'

/** One file, ready to send. */
export interface Page {
  readonly path: string
  /** Absent when the package was built without its pages. */
  readonly content: Buffer | undefined
  readonly headers: Headers
  /** Whether the browser has this very file: `ifNoneMatch` is its header. */
  readonly isKnown: (ifNoneMatch: string | undefined) => boolean
}

const SCRIPT = 'twinlock.js'
const STYLE = 'twinlock.css'
const CATALOGUE = /^twinlock\.[a-z]+\.js$/

let pages: readonly Page[] | undefined

/** The pages, read once; says in a warning when this build of the package has none. */
export function allPages(): readonly Page[] {
  pages ??= [SCRIPT, STYLE, ...catalogues()].map(pageOf)
  return pages
}

function catalogues(): string[] {
  const script = addressOf(SCRIPT)
  return script ? readdirSync(dirname(script)).filter(name => CATALOGUE.test(name)) : []
}

function pageOf(name: string): Page {
  const mediaType = name === STYLE ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8'
  const content = contentOf(name)
  const tag = `"${createHash('sha256')
    .update(content ?? '')
    .digest('hex')
    .slice(0, 32)}"`
  return {
    path: `/web/${name}`,
    content,
    headers: { 'Content-Type': mediaType, ETag: tag, 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' },
    isKnown: given => given?.includes(tag) ?? false,
  }
}

function addressOf(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`twinlock/web/${name}`)
  } catch {
    return undefined
  }
}

function contentOf(name: string): Buffer | undefined {
  const address = addressOf(name)
  if (address) return readFileSync(address)
  process.emitWarning(`this package was built without its pages (${name}): build web/ to have them`, {
    code: 'TWINLOCK_NO_PAGES',
  })
  return undefined
}
