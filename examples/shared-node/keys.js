/** Keys made on the first start of a development instance, kept in its data folder. */
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The text of a file in the folder; when there is none, a new one that only its owner may read.
 *
 * Two processes that start together agree: the file appears whole under its name or not at all, and who comes second reads
 * what the first wrote.
 * @param {string} folder
 * @param {string} name
 * @param {() => string} make
 * @returns {string}
 */
export function madeOnce(folder, name, make) {
  const path = join(folder, name)
  if (!existsSync(path)) publish(path, `${make()}\n`)
  return readFileSync(path, 'utf8').trim()
}

/** @param {string} path @param {string} text */
function publish(path, text) {
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
}

/** One sealing key in the notation of `TWINLOCK_KEYS`. */
export function newTwinlockKeys() {
  return `demo:${randomBytes(32).toString('base64')}`
}

/** A secret of 256 bits for whatever else is signed: sessions, access tokens. */
export function newSecret() {
  return randomBytes(32).toString('base64url')
}
