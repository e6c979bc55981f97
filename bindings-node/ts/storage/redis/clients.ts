import { storageError } from '../../errors.ts'
import { misconfigured } from '../shared/options.ts'

/** A client of node-redis: one connection or a pool of them. */
export interface NodeRedisLike {
  sendCommand(...args: never[]): PromiseLike<unknown>
}

/** A cluster of node-redis. */
export interface NodeRedisClusterLike extends NodeRedisLike {
  readonly masters: readonly object[]
  nodeClient(...args: never[]): unknown
}

/** A client of ioredis. */
export interface IoRedisLike {
  readonly options: object
  call(...args: never[]): PromiseLike<unknown>
}

/** A cluster of ioredis. */
export interface IoRedisClusterLike extends IoRedisLike {
  readonly isCluster: boolean
  nodes(...args: never[]): readonly object[]
}

/** What {@link redisStorage} takes: a client or a cluster of node-redis or ioredis, told apart by their methods. */
export type RedisClientLike = NodeRedisLike | NodeRedisClusterLike | IoRedisLike | IoRedisClusterLike

/** Sends one command, unless nobody waits for it any more. */
export type Ask = (command: readonly string[], signal: AbortSignal) => Promise<unknown>

/** Any client, as the storage uses it: primaries only. */
export interface Wire {
  /** Sends a command about that key to the primary that has it. ioredis has no way to take it back. */
  ask(key: string, command: readonly string[], signal: AbortSignal): Promise<unknown>
  /** Every primary there is. */
  primaries(): Promise<readonly Ask[]>
}

/** All the methods that are called, in one plain form. */
interface Plain {
  readonly masters: readonly object[]
  readonly options: { readonly keyPrefix?: string; readonly scaleReads?: unknown }
  sendCommand(...args: unknown[]): Promise<unknown>
  nodeClient(node: object): Plain | Promise<Plain>
  call(...command: readonly string[]): Promise<unknown>
  nodes(role: string): readonly Plain[]
}

/** Wraps a client. */
export function wire(client: RedisClientLike): Wire {
  const plain = client as unknown as Plain & Record<string, unknown>
  if (typeof client !== 'object' || client === null) throw unknown()
  if (typeof plain.call === 'function') return ioredis(plain)
  // A sentinel's sendCommand takes other arguments, and may ask replicas.
  if (typeof plain.sendCommand !== 'function' || 'getMasterNode' in plain) throw unknown()
  return 'masters' in client ? nodeRedisCluster(plain) : nodeRedis(plain)
}

function nodeRedis(client: Plain): Wire {
  const ask: Ask = (command, abortSignal) => client.sendCommand(command, { abortSignal })
  return { ask: (_, command, signal) => ask(command, signal), primaries: async () => [ask] }
}

function nodeRedisCluster(cluster: Plain): Wire {
  return {
    // "Not for reading only", so that no replica is asked.
    ask: (key, command, abortSignal) => cluster.sendCommand(key, false, command, { abortSignal }),
    async primaries() {
      const clients = await Promise.all(cluster.masters.map(node => cluster.nodeClient(node)))
      return someOf(clients.map(client => (command, abortSignal) => client.sendCommand(command, { abortSignal })))
    },
  }
}

function ioredis(client: Plain): Wire {
  const { keyPrefix, scaleReads = 'master' } = client.options
  if (keyPrefix) throw misconfigured('keyPrefix would hide the records from others: use a client without it')
  if (scaleReads !== 'master') {
    throw misconfigured('scaleReads asks replicas, which may not know yet that a code is used: use a client without it')
  }
  return {
    ask: (_, command) => client.call(...command),
    async primaries() {
      if (typeof client.nodes !== 'function') return [command => client.call(...command)]
      // The nodes are known once it is connected; a command waits for that.
      await client.call('PING')
      return someOf(client.nodes('master').map(node => command => node.call(...command)))
    },
  }
}

function someOf(primaries: readonly Ask[]): readonly Ask[] {
  if (primaries.length > 0) return primaries
  throw storageError(undefined, 'the Redis cluster is not connected')
}

function unknown(): Error {
  return misconfigured('redisStorage takes a client or a cluster of node-redis 5 or ioredis 5')
}
