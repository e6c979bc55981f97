import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Command, WrongUse } from './command.ts'

const FILES = new Map([
  ['sqlite', 'sqlite.sql'],
  ['postgres', 'postgres.sql'],
  ['mysql', 'mysql.sql'],
  ['prisma', 'twinlock.prisma'],
  ['prisma-mysql', 'twinlock.mysql.prisma'],
])

export const schema: Command = {
  name: 'schema',
  help: `print the tables, to paste into a migration: ${[...FILES.keys()].join(', ')}`,
  operands: ['DIALECT'],
  options: {},
  run({ operands: [dialect = ''] }) {
    const file = FILES.get(dialect)
    if (file === undefined) throw new WrongUse(`DIALECT must be ${[...FILES.keys()].join(', ')}`)
    // By the package's own name: wherever a bundler put this file, the schemas are where `exports` says.
    process.stdout.write(readFileSync(createRequire(import.meta.url).resolve(`twinlock/schema/${file}`), 'utf8'))
    return 0
  },
}
