/** The package of this tree, and what its own tests bring along. */
import { createRequire } from 'node:module'

const PACKAGE = new URL('../../../bindings-node/', import.meta.url)
const require = createRequire(new URL('package.json', PACKAGE))

export const fromPackage = file => import(new URL(`dist/${file}`, PACKAGE).href)
export const { fastify } = require('fastify')
export const pg = require('pg')
