import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { isTwoFactorError, KeyRing, TwoFactor } from 'twinlock'
import { enroll, storageLaws, VirtualClock } from 'twinlock/testing'
import { DynamoStorage } from '../dynamodb.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const venv = here('../../../.venv/bin/python')
const server = spawn(existsSync(venv) ? venv : 'python3', [here('dynamodb_server.py')], { stdio: ['pipe', 'pipe', 'inherit'] })

function client(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } })
}

let open: () => DynamoStorage

before(async () => {
  const [address] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string]
  const db = client(address.trim())
  await db.send(
    new CreateTableCommand({
      TableName: 'twinlock',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'user', KeyType: 'HASH' },
        { AttributeName: 'item', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'user', AttributeType: 'S' },
        { AttributeName: 'item', AttributeType: 'S' },
      ],
    }),
  )
  open = () => new DynamoStorage(client(address.trim()))
})

after(() => server.stdin.end())

for (const law of storageLaws) test(law.name, () => law.run({ open: () => open() }))

test('of twenty requests with one code exactly one gets in', async () => {
  const clock = new VirtualClock()
  const twoFactor = new TwoFactor({ issuer: 'Acme', storage: open(), keys: KeyRing.generate(), clock: clock.now })
  const { phone } = await enroll(twoFactor, '42', clock)
  clock.advance(30)
  const challenges = await Promise.all(Array.from({ length: 20 }, () => twoFactor.afterFirstFactor('42')))
  const tries = challenges.map(({ challenge }) => twoFactor.verify(challenge ?? '', { code: phone.code() }))
  const outcomes = await Promise.allSettled(tries)
  const codes = outcomes.map(outcome => (outcome.status === 'fulfilled' ? 'in' : isTwoFactorError(outcome.reason) && outcome.reason.code))
  assert.equal(codes.filter(code => code === 'in').length, 1)
  assert.ok(codes.every(code => ['in', 'invalid_code', 'contention'].includes(code as string)), String(codes))
})
