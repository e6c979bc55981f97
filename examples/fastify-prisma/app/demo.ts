/** `npm start`: the application on this machine, with keys of its own. For trying, not for serving. */
import { parseArgs } from 'node:util'
import { Accounts } from './accounts.ts'
import { openDatabase } from './database.ts'
import { riskOf } from './lockout.ts'
import { serve, started } from './main.ts'
import { type Settings, settingsFrom } from './settings.ts'

const { admin } = parseArgs({ options: { admin: { type: 'string' } } }).values

process.env['APP_ENV'] ||= 'development'
if (process.env['APP_ENV'] === 'development') process.env['TWINLOCK_DEV_PHONE'] ??= '1'
// Nothing stands in front of a demonstration: whoever sends X-Forwarded-For means to evade the limits.
process.env['TRUST_PROXY'] = ''
await started(() => (admin === undefined ? serve(welcome) : makeAdmin(admin)))

async function makeAdmin(name: string): Promise<void> {
  const { databaseUrl, development } = settingsFrom()
  const prisma = await openDatabase(databaseUrl, development)
  if (await new Accounts(prisma, () => Date.now() / 1000).makeAdmin(name)) {
    console.info(`${name} is an administrator now; the admin page also wants two-factor switched on`)
  } else {
    console.error(`there is no account ${JSON.stringify(name)}: register it first, then run this again`)
    process.exitCode = 1
  }
  await prisma.$disconnect()
}

function welcome({ data, policy }: Settings, port: number): void {
  console.info(`
  Twinlock demo: http://127.0.0.1:${port}/

  1. Create an account and sign in.
  2. Under “Your account”, switch two-factor on. No phone at hand? The page has a pretend one.
  3. Sign out, sign in again: it asks for the code.
  4. Make yourself an administrator:
     cd ${process.cwd()} && npm start -- --admin YOUR-NAME

  Accounts are kept in ${data}; API documentation is at /docs. Ctrl+C stops.
  Who has a password guesses a code with a chance of at most ${riskOf(policy)}.
`)
}
