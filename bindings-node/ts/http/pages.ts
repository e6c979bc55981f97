/**
 * The built custom elements: `<prefix>/web/twinlock.js` and `twinlock.css`.
 *
 * They hold nothing of any user, so they may be kept by browsers, which ask each time whether they changed.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
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

const MEDIA_TYPES = {
  'twinlock.js': 'text/javascript; charset=utf-8',
  'twinlock.css': 'text/css; charset=utf-8',
}

let pages: readonly Page[] | undefined

/** The pages, read once; says in a warning when this build of the package has none. */
export function allPages(): readonly Page[] {
  pages ??= Object.entries(MEDIA_TYPES).map(([name, mediaType]) => pageOf(name, mediaType))
  return pages
}

function pageOf(name: string, mediaType: string): Page {
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

function contentOf(name: string): Buffer | undefined {
  try {
    return readFileSync(createRequire(import.meta.url).resolve(`twinlock/web/${name}`))
  } catch {
    process.emitWarning(`this package was built without its pages (${name}): build web/ to have them`, {
      code: 'TWINLOCK_NO_PAGES',
    })
    return undefined
  }
}
