/**
 * What @fastify/swagger shows of our routes: the contract's own words. Nothing is validated or serialized by them; the contract's
 * rules about bodies are kept in `http/bodies.ts`, because Fastify's validator turns numbers into strings.
 */
import type { FastifySchema } from 'fastify'
import { type Node, type Operation, resolved } from '../http/contract.ts'

/** A schema with what @fastify/swagger reads beside what Fastify knows. */
export type RouteSchema = FastifySchema & {
  readonly hide?: boolean
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
}

/** Not part of any documentation. */
export const HIDDEN: RouteSchema = { hide: true }

/** One call of the contract. */
export function schemaOf({ id, document }: Operation): RouteSchema {
  const { summary, description, tags, parameters, requestBody, responses } = resolved(document) as Document
  return {
    operationId: `twinlock_${id}`,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: tags.map(tag => `two-factor ${tag}`),
    ...parametersOf(parameters),
    ...(requestBody === undefined ? {} : { body: { content: requestBody.content } }),
    response: Object.fromEntries(Object.entries(responses).map(([status, answer]) => [status, responseOf(answer)])),
  }
}

interface Document {
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Node }
  readonly responses: Readonly<Record<string, Response>>
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly description?: string
  readonly schema: Node
}

interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly description?: string; readonly schema: Node }>>
  readonly content?: Node
}

function parametersOf(parameters: readonly Parameter[]): FastifySchema {
  const path = parameters.filter(parameter => parameter.in === 'path')
  const query = parameters.filter(parameter => parameter.in === 'query')
  return {
    ...(path.length === 0 ? {} : { params: objectOf(path) }),
    ...(query.length === 0 ? {} : { querystring: objectOf(query) }),
  }
}

function objectOf(parameters: readonly Parameter[]): Node {
  const properties = parameters.map(({ name, description, schema }) => [name, { ...schema, description }])
  return { type: 'object', properties: Object.fromEntries(properties) }
}

function responseOf({ description, headers = {}, content }: Response): Node {
  const told = Object.entries(headers).map(([name, header]) => [
    name,
    { ...header.schema, description: header.description },
  ])
  const body = content === undefined ? { type: 'null' } : { content }
  return { description, headers: Object.fromEntries(told), ...body }
}
