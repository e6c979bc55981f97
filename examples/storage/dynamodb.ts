/** A storage in Amazon DynamoDB: one table, a user's record and events side by side under the user's id. */
import { ConditionalCheckFailedException, type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb'
import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import type { Storage, StoredRecord, TwoFactorEvent } from 'twinlock'

const RECORD = 'record'
/** Somebody else has written, or is writing at this moment. */
const LOST = ['ConditionalCheckFailed', 'TransactionConflict']

export class DynamoStorage implements Storage {
  readonly #db: DynamoDBDocumentClient
  readonly #table: string

  /** `table` has the partition key `user` and the sort key `item`, both text. */
  constructor(client: DynamoDBClient, table = 'twinlock') {
    this.#db = DynamoDBDocumentClient.from(client)
    this.#table = table
  }

  async load(user: string): Promise<StoredRecord | null> {
    // Unless asked for consistency, a copy may answer that has not heard of the last save.
    const get = new GetCommand({ TableName: this.#table, Key: { user, item: RECORD }, ConsistentRead: true })
    return ((await this.#db.send(get)).Item as StoredRecord | undefined) ?? null
  }

  async save(user: string, expected: number | null, record: StoredRecord, events: readonly TwoFactorEvent[]) {
    const unchanged = expected === null
      ? { ConditionExpression: 'attribute_not_exists(version)' }
      : { ConditionExpression: 'version = :expected', ExpressionAttributeValues: { ':expected': expected } }
    const put = (item: string, fields: object) => ({ TableName: this.#table, Item: { user, item, ...fields } })
    const written = { ...put(RECORD, record), ...unchanged }
    const noted = events.map(event => ({ Put: put(`event ${event.id}`, event.toRow()) }))
    try {
      if (noted.length === 0) await this.#db.send(new PutCommand(written))
      else await this.#db.send(new TransactWriteCommand({ TransactItems: [{ Put: written }, ...noted] }))
      return true
    } catch (error) {
      const reason = error instanceof TransactionCanceledException ? error.CancellationReasons?.[0]?.Code : undefined
      if (error instanceof ConditionalCheckFailedException || LOST.includes(reason ?? '')) return false
      throw error
    }
  }

  async erase(user: string): Promise<void> {
    const TableName = this.#table
    const names = { KeyConditionExpression: '#user = :user', ExpressionAttributeNames: { '#user': 'user' } }
    const all = { TableName, ...names, ExpressionAttributeValues: { ':user': user }, ConsistentRead: true }
    for await (const { Items = [] } of paginateQuery({ client: this.#db }, all)) {
      for (const { item } of Items) await this.#db.send(new DeleteCommand({ TableName, Key: { user, item } }))
    }
  }
}
