/** Which call a method and a path mean, for frameworks whose own routers know other paths than the contract. */
import { OPERATIONS, type Operation } from './contract.ts'

/** A call; or the methods that the path does have. */
export type Match = { readonly operation: Operation; readonly id: string } | { readonly allow: string }

interface Pattern {
  readonly operation: Operation
  readonly expression: RegExp
}

// A user id may hold slashes, and proxies write `%2F` as such; `/reset` and `/unlock` at the end are calls and no part of it.
const SEGMENT = '([^/]+)'
const USER_ID = '((?:(?!/(?:reset|unlock)$).)+)'

const PATTERNS: readonly Pattern[] = OPERATIONS.map(operation => ({
  operation,
  expression: new RegExp(`^${operation.path.replace('{id}', operation.admin ? USER_ID : SEGMENT)}$`, 's'),
}))

/**
 * Finds a call.
 * @param path - below the base path, as it came: still percent-encoded, without the query
 */
export function find(method: string, path: string, admin: boolean): Match | undefined {
  const there = PATTERNS.filter(({ operation, expression }) => operation.admin === admin && expression.test(path))
  const found = there.find(({ operation }) => operation.method === method)
  if (found !== undefined) return { operation: found.operation, id: decoded(found.expression.exec(path)?.[1] ?? '') }
  return there.length === 0 ? undefined : { allow: there.map(({ operation }) => operation.method).join(', ') }
}

/** The path of a URL as a request brings it. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

/** What is percent-encoded, as text. What is no UTF-8 becomes an id that nothing has, rather than one that looks like another. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return '\0'
  }
}
