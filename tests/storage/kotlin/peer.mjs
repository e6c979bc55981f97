// Twinlock in Node, driven line by line as `../both/peer.py` is: the other side of the JDBC storage's tests.
//     node peer.mjs pg|mysql2 URL
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

// What the Node storages are tested with lies beside them.
const required = createRequire(new URL('../node/package.json', import.meta.url))
const { TwoFactor, isTwoFactorError } = required('twinlock')
const [kind, where] = process.argv.slice(2)
const open = { pg: () => required('twinlock/pg').pgStorage(where), mysql2: () => required('twinlock/mysql2').mysqlStorage(where) }

let now = 0
const storage = open[kind]()
const twoFactor = new TwoFactor({ issuer: 'Acme', storage, clock: () => now })
const calls = {
  challenge: async ({ user }) => (await twoFactor.afterFirstFactor(user)).challenge ?? null,
  verify: async ({ challenge, code }) => (await twoFactor.verify(challenge, { code })).method,
}

for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line)
  now = told.now
  try {
    console.log(JSON.stringify({ ok: await calls[told.call](told) }))
  } catch (error) {
    if (!isTwoFactorError(error)) throw error
    console.log(JSON.stringify({ refused: error.code }))
  }
}
await storage.end()
