/**
 * The contract's document as a table of routes.
 *
 * `contract.json` is a copy of `contract/openapi.yaml` (the tests compare them), so paths, methods and what has a body cannot drift
 * from what all languages agreed on.
 */
import type { Operation as ProblemOperation } from '../errors.ts'
import type { Answer } from './answers.ts'
import type { Body } from './bodies.ts'
import document from './contract.json' with { type: 'json' }
import type { Exchange } from './exchange.ts'

/** Serves one call; `id` is the one parameter that a path of the contract can have, else empty. */
export type Handler<R, P> = (exchange: Exchange<R, P>, body: Body, id: string) => Promise<Answer>
/** Handlers by the contract's `operationId`. */
export type HandlerTable<R, P> = Record<string, Handler<R, P>>

/** A part of the document. */
export type Node = { readonly [name: string]: unknown }

/** One call of the contract. */
export interface Operation {
  readonly id: string
  /** In capitals. */
  readonly method: string
  /** Below the base path of its router. */
  readonly path: string
  /** Whether it stands on the administration's router. */
  readonly admin: boolean
  /** Whether a body is read at all. */
  readonly takesBody: boolean
  /** The operation under which its refusals are looked up in the core's problem table. */
  readonly problemsAs: ProblemOperation
  /** What the document says of it, with the parameters of its path. References are not resolved. */
  readonly document: Node
}

const METHODS = ['get', 'post', 'patch', 'delete']
const ADMIN = '/admin'
const PROBLEMS_AS: Readonly<Record<string, ProblemOperation>> = {
  verify: 'verify',
  stepUp: 'step_up',
  confirmSetup: 'confirm',
}

/** All calls, in the order of the document. */
export const OPERATIONS: readonly Operation[] = Object.entries(document.paths as Record<string, Node>).flatMap(
  ([path, item]) => METHODS.filter(method => method in item).map(method => operationOf(path, method, item)),
)

function operationOf(fullPath: string, method: string, item: Node): Operation {
  const own = item[method] as Node
  const admin = fullPath.startsWith(`${ADMIN}/`)
  const id = own['operationId'] as string
  return {
    id,
    method: method.toUpperCase(),
    path: admin ? fullPath.slice(ADMIN.length) : fullPath,
    admin,
    takesBody: 'requestBody' in own,
    problemsAs: PROBLEMS_AS[id] ?? 'other',
    document: { ...own, parameters: [...listed(item['parameters']), ...listed(own['parameters'])] },
  }
}

function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** A part of the document with its references resolved: its schemas must not mix with the application's own components. */
export function resolved(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(resolved)
  if (typeof node !== 'object' || node === null) return node
  if ('$ref' in node) return resolved(at(node.$ref as string))
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, resolved(value)]))
}

function at(reference: string): unknown {
  let target: unknown = document
  for (const step of reference.slice('#/'.length).split('/')) target = (target as Node)[step]
  return target
}
