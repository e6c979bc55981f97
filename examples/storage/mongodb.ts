/** A storage in MongoDB: one document per user, with the last 200 events in it, so that one write carries both. Not run here. */
import { type Binary, type Collection, type Db, MongoServerError } from 'mongodb'
import { type Storage, type StoredRecord, TwoFactorEvent } from 'twinlock'

const KEPT = 200
const DUPLICATE_KEY = 11000

interface Document {
  _id: string
  version: number
  enabled: boolean
  keyId: string
  data: Binary
  events: object[]
}

export class MongoStorage implements Storage {
  readonly #users: Collection<Document>

  /** A write counts once a majority of the servers has it in its journal, and only the primary is read. */
  constructor(db: Db, collection = 'twinlock') {
    const durable = { w: 'majority', journal: true } as const
    this.#users = db.collection(collection, { writeConcern: durable, readConcern: 'majority', readPreference: 'primary' })
  }

  async load(user: string): Promise<StoredRecord | null> {
    const found = await this.#users.findOne({ _id: user }, { projection: { events: 0 } })
    return found && { version: found.version, enabled: found.enabled, keyId: found.keyId, data: found.data.buffer }
  }

  async save(user: string, expected: number | null, record: StoredRecord, events: readonly TwoFactorEvent[]) {
    const { version, enabled, keyId } = record
    const fields = { version, enabled, keyId, data: Buffer.from(record.data) as unknown as Binary }
    const noted = events.map(event => event.toRow())
    try {
      if (expected === null) await this.#users.insertOne({ _id: user, ...fields, events: noted })
      else {
        const change = { $set: fields, $push: { events: { $each: noted, $slice: -KEPT } } }
        return (await this.#users.updateOne({ _id: user, version: expected }, change)).matchedCount === 1
      }
      return true
    } catch (error) {
      if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false
      throw error
    }
  }

  async erase(user: string): Promise<void> {
    await this.#users.deleteOne({ _id: user })
  }
}
