import { misconfigured } from '../shared/options.ts'

/** A Prisma client: any that has the two models and interactive transactions. */
export interface PrismaLike {
  $transaction(...args: never[]): PromiseLike<unknown>
  /** What the client inside a transaction lacks. */
  $disconnect(...args: never[]): PromiseLike<unknown>
}

/** Databases whose tables Twinlock knows. */
export type Provider = 'postgresql' | 'mysql' | 'sqlite'

type Row = Record<string, unknown>
type Arguments = Record<string, unknown>

/** What the storage asks of a model. */
export interface Model {
  findUnique(args: Arguments): Promise<Row | null>
  findMany(args: Arguments): Promise<Row[]>
  count(args: Arguments): Promise<number>
  create(args: Arguments): Promise<Row>
  createMany(args: Arguments): Promise<{ count: number }>
  updateMany(args: Arguments): Promise<{ count: number }>
  deleteMany(args: Arguments): Promise<{ count: number }>
}

/** The two tables, in a transaction or out of it. */
export interface Tables {
  readonly records: Model
  readonly events: Model
}

/** How a transaction runs. */
export interface TransactionSettings {
  readonly maxWait: number
  readonly timeout: number
  readonly isolationLevel?: 'ReadCommitted'
}

/** The interactive form; the batch form would write events though the record was not. */
export interface Transaction {
  $transaction(work: (client: object) => Promise<void>, settings: TransactionSettings): Promise<void>
}

/** Finds the tables in a client, or in that of a transaction. */
export function tables(record: string, event: string): (client: object) => Tables {
  return client => ({ records: model(client, record), events: model(client, event) })
}

function model(client: object, name: string): Model {
  const model = (client as Record<string, Model | undefined>)[name]
  if (typeof model?.updateMany === 'function') return model
  throw misconfigured(
    `the Prisma client has no model ${name}: paste those of node_modules/twinlock/prisma into your schema and run prisma generate`,
  )
}

const PROVIDERS: readonly unknown[] = ['postgresql', 'mysql', 'sqlite'] satisfies Provider[]

/** Which database it is: what the host says, or else the client of itself. */
export function provider(prisma: object, given: unknown): Provider {
  const client = prisma as Partial<PrismaLike>
  // Prisma nests transactions, so inside one a save would be undone by the caller's rollback.
  if (typeof client.$transaction !== 'function' || typeof client.$disconnect !== 'function') {
    throw misconfigured('prismaStorage takes a PrismaClient, not the client inside a transaction')
  }
  const found = given ?? (prisma as { _activeProvider?: unknown })._activeProvider
  if (PROVIDERS.includes(found)) return found as Provider
  throw misconfigured('provider must be postgresql, mysql or sqlite, as in your datasource')
}
