// The Node package under test, built, and what it is tested with: both lie beside the package's own package.json.

import { createRequire } from 'node:module'

const PACKAGE = new URL('../../../bindings-node/package.json', import.meta.url)

/** What CommonJS programs get. */
export const required = createRequire(PACKAGE)

/** What ES modules get: `twinlock` and its entry points, by the package's own table of exports. */
export async function imported(entry) {
  const { exports } = required('./package.json')
  return import(new URL(exports[entry].import.default, PACKAGE))
}
