/** Every storage of the package that talks to a server, opened in the same manner here and in the processes of the race. */
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaPg } from '@prisma/adapter-pg'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster } from 'redis'
import type { Reports, Storage } from 'twinlock'
import { mysqlStorage } from 'twinlock/mysql2'
import { pgStorage } from 'twinlock/pg'
import { prismaStorage } from 'twinlock/prisma'
import { redisStorage } from 'twinlock/redis'
import { PrismaClient as MysqlClient } from '../prisma/generated/mysql/client/client.ts'
import { PrismaClient as PostgresClient } from '../prisma/generated/postgresql/client/client.ts'
import { PrismaClient as SqliteClient } from '../prisma/generated/sqlite/client/client.ts'

/** What of a server's facts it takes to reach it. */
export interface Place {
  readonly url: string
  readonly nodes: readonly { readonly url: string; readonly host: string; readonly port: number }[]
}

/** A storage, and how to close it with all that is below it. */
export interface Opened {
  readonly storage: Storage & Partial<Reports>
  close(): Promise<unknown>
}

type Open = (place: Place, timeoutMs?: number) => Promise<Opened>

/** How long a call may take where nothing is broken: the machine may be busy. */
const PATIENT_MS = 20_000

const password = (place: Place) => decodeURIComponent(new URL(place.nodes[0]?.url ?? place.url).password)
const noise = () => {}

export const adapters = {
  pg: async ({ url }, timeoutMs = PATIENT_MS) => {
    const storage = pgStorage(url, { timeoutMs })
    return { storage, close: () => storage.end() }
  },
  mysql2: async ({ url }, timeoutMs = PATIENT_MS) => {
    const storage = mysqlStorage(url, { timeoutMs })
    return { storage, close: () => storage.end() }
  },
  'prisma-postgresql': async ({ url }, timeoutMs = PATIENT_MS) => {
    const prisma = new PostgresClient({ adapter: new PrismaPg({ connectionString: url, max: 4 }) })
    return { storage: prismaStorage(prisma, { timeoutMs }), close: () => prisma.$disconnect() }
  },
  'prisma-mariadb': async ({ url }, timeoutMs = PATIENT_MS) => {
    const { hostname: host, port, username: user, password, pathname } = new URL(url)
    const where = { host, port: Number(port), user, password, database: pathname.slice(1) }
    // The connector fills its pool in the background, and drops the promise of a connection that a dying server cuts.
    const adapter = new PrismaMariaDb({ ...where, connectionLimit: 4, minimumIdle: 1 })
    const prisma = new MysqlClient({ adapter })
    return { storage: prismaStorage(prisma, { timeoutMs }), close: () => prisma.$disconnect() }
  },
  'prisma-sqlite': async ({ url }, timeoutMs = PATIENT_MS) => {
    const prisma = new SqliteClient({ adapter: new PrismaLibSql({ url, timeout: timeoutMs }) })
    return { storage: prismaStorage(prisma, { timeoutMs }), close: () => prisma.$disconnect() }
  },
  'node-redis': async ({ url }, timeoutMs = PATIENT_MS) => {
    const client = await createClient({ url }).on('error', noise).connect()
    return { storage: redisStorage(client, { timeoutMs, scan: true }), close: async () => client.destroy() }
  },
  'node-redis-pool': async ({ url }, timeoutMs = PATIENT_MS) => {
    const client = createClientPool({ url }).on('error', noise)
    await client.connect()
    return { storage: redisStorage(client, { timeoutMs, scan: true }), close: async () => client.destroy() }
  },
  'node-redis-cluster': async (place, timeoutMs = PATIENT_MS) => {
    const rootNodes = place.nodes.slice(0, 1).map(({ url }) => ({ url }))
    const client = createCluster({ rootNodes, defaults: { password: password(place) } }).on('error', noise)
    await client.connect()
    return { storage: redisStorage(client, { timeoutMs, scan: true }), close: async () => client.destroy() }
  },
  ioredis: async ({ url }, timeoutMs = PATIENT_MS) => {
    const client = new Redis(url).on('error', noise)
    return { storage: redisStorage(client, { timeoutMs, scan: true }), close: async () => client.disconnect() }
  },
  'ioredis-cluster': async (place, timeoutMs = PATIENT_MS) => {
    const first = place.nodes.slice(0, 1).map(({ host, port }) => ({ host, port }))
    const client = new Cluster(first, { redisOptions: { password: password(place) } }).on('error', noise)
    return { storage: redisStorage(client, { timeoutMs, scan: true }), close: async () => client.disconnect() }
  },
} satisfies Record<string, Open>

/** The name of an adapter. */
export type Adapter = keyof typeof adapters

/** Opens a storage. */
export async function open(adapter: Adapter, place: Place, timeoutMs?: number): Promise<Opened> {
  return (adapters[adapter] as Open)(place, timeoutMs)
}
