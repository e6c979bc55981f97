/**
 * Keys, schemas, what a policy means, and help for one user on a SQLite file.
 *
 * Exit status: 0 done, 1 refused or failed, 2 wrong use. No secret is printed but by `keygen`, whose purpose it is, and the code
 * by `code`.
 */
import { isTwoFactorError } from '../errors.ts'
import { type Command, overview, parsed, usage, WrongUse } from './command.ts'
import { reseal, reset, status, unlock } from './desk.ts'
import { code, keygen } from './keys.ts'
import { policy } from './policy.ts'
import { schema } from './schema.ts'

const COMMANDS = new Map<string, Command>(
  [keygen, schema, policy, code, status, reset, unlock, reseal].map(command => [command.name, command]),
)

/**
 * Runs the command.
 * @param words - what was typed behind `twinlock`
 * @returns the exit status
 */
export async function main(words: readonly string[]): Promise<number> {
  const [name = '', ...rest] = words
  const command = COMMANDS.get(name)
  if (!command) return withoutCommand(name)
  try {
    const given = parsed(command, rest)
    if (given === 'help') console.log(usage(command))
    else return await command.run(given)
  } catch (error) {
    return failed(command, error)
  }
  return 0
}

function withoutCommand(name: string): number {
  const help = overview([...COMMANDS.values()])
  if (name === '--help' || name === '-h' || name === 'help') {
    console.log(help)
    return 0
  }
  console.error(name === '' ? help : `${help}\n\ntwinlock: there is no command ${JSON.stringify(name)}`)
  return 2
}

function failed(command: Command, error: unknown): number {
  if (error instanceof WrongUse) {
    console.error(`${usage(command)}\n\ntwinlock ${command.name}: ${error.message}`)
    return 2
  }
  if (!isTwoFactorError(error)) throw error
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  console.error(`twinlock: ${error.message}${cause}`)
  return 1
}
