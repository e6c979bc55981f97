import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Command, WrongUse } from './command.ts'

const FILES = new Map([
  ['sqlite', 'dist/schema/sqlite.sql'],
  ['postgres', 'dist/schema/postgres.sql'],
  ['mysql', 'dist/schema/mysql.sql'],
  ['prisma', 'prisma/twinlock.prisma'],
  ['prisma-mysql', 'prisma/twinlock.mysql.prisma'],
])

export const schema: Command = {
  name: 'schema',
  help: `print the tables, to paste into a migration: ${[...FILES.keys()].join(', ')}`,
  operands: ['DIALECT'],
  options: {},
  run({ operands: [dialect = ''] }) {
    const file = FILES.get(dialect)
    if (file === undefined) throw new WrongUse(`DIALECT must be ${[...FILES.keys()].join(', ')}`)
    // By the package's own name: wherever a bundler put this file, the package is where Node finds it.
    const root = dirname(createRequire(import.meta.url).resolve('twinlock/package.json'))
    process.stdout.write(readFileSync(join(root, file), 'utf8'))
    return 0
  },
}
