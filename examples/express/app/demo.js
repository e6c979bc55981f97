/** `npm start`: the application on this machine, with keys of its own. For trying, not for serving. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Accounts } from './accounts.js'
import { openDatabase } from './database.js'
import { serve, started } from './main.js'
import { fromEnvironment } from './settings.js'

const { admin } = parseArgs({ options: { admin: { type: 'string' } } }).values

process.env.APP_ENV ||= 'development'
if (process.env.APP_ENV === 'development') process.env.TWINLOCK_DEV_PHONE ??= '1'
await started(() => (admin === undefined ? serve(welcome) : makeAdmin(admin)))

/** @param {string} name */
function makeAdmin(name) {
  const accounts = new Accounts(openDatabase(join(fromEnvironment().data, 'users.db')), () => Date.now() / 1000)
  if (accounts.makeAdmin(name)) {
    console.info(`${name} is an administrator now; the admin page also wants two-factor switched on`)
  } else {
    console.error(`there is no account ${JSON.stringify(name)}: register it first, then run this again`)
    process.exitCode = 1
  }
}

/** @param {import('./settings.js').Settings} settings @param {number} port */
function welcome({ data }, port) {
  console.info(`
  Twinlock demo: http://127.0.0.1:${port}/

  1. Create an account and sign in.
  2. Under “Your account”, switch two-factor on. No phone at hand? The page has a pretend one.
  3. Sign out, sign in again: it asks for the code.
  4. Make yourself an administrator:
     cd ${process.cwd()} && npm start -- --admin YOUR-NAME

  Accounts are kept in ${data}. Ctrl+C stops.
`)
}
