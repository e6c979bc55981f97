import { createInterface } from 'node:readline'
import { AuthenticatorAccount } from '../authenticator.ts'
import { KeyRing } from '../keys.ts'
import { type Command, type Given, text } from './command.ts'

const ADVICE = `
Keep it as TWINLOCK_KEYS, or in a file that TWINLOCK_KEYS_FILE names. To change keys, put the new one
behind the old, deploy; move it to the front, deploy; run \`twinlock reseal\`; after 90 days drop the old one.`

export const keygen: Command = {
  name: 'keygen',
  help: 'make a key for TWINLOCK_KEYS',
  operands: [],
  options: { id: { value: 'ID', help: '1 to 16 letters, digits, dots, hyphens; default: the year and `a`' } },
  run(given) {
    const id = given.options['id'] === undefined ? `${new Date().getUTCFullYear()}a` : text(given, 'id')
    console.log(KeyRing.generate(id).toText())
    if (process.stdout.isTTY) console.error(ADVICE)
    return 0
  },
}

export const code: Command = {
  name: 'code',
  help: 'show the current code of an otpauth URI',
  operands: ['URI'],
  options: {},
  async run({ operands: [uri = ''] }: Given) {
    // `-` reads it from standard input, where no process list shows it.
    const account = AuthenticatorAccount.fromUri(uri === '-' ? await firstLine() : uri)
    const now = Date.now() / 1000
    console.log(`${account.codeAt(now)}  (${account.secondsLeft(now)} s left)`)
    return 0
  },
}

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line.trim()
  return ''
}
