import { parseArgs } from 'node:util'

/** An option, `--name VALUE`; without `value` a switch. */
export interface Option {
  readonly help: string
  /** What stands for the value in the help. */
  readonly value?: string
  readonly required?: boolean
}

/** What was typed: operands in their order, options by name. */
export interface Given {
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
}

/** One command of `twinlock`. */
export interface Command {
  readonly name: string
  readonly help: string
  /** The names of its operands; the last one may end in `...`: any number of them. */
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  /** Does it; answers the exit status. */
  run(given: Given): number | Promise<number>
}

/** The command cannot be run as typed. */
export class WrongUse extends Error {}

/** Reads what was typed behind the name of the command. */
export function parsed(command: Command, words: readonly string[]): Given | 'help' {
  const options = { help: { type: 'boolean', short: 'h' } } as Record<string, { type: 'boolean' | 'string' }>
  for (const [name, { value }] of Object.entries(command.options))
    options[name] = { type: value ? 'string' : 'boolean' }
  const { values, positionals } = typed(() => parseArgs({ args: [...words], options, allowPositionals: true }))
  if (values['help'] === true) return 'help'
  for (const [name, { required }] of Object.entries(command.options)) {
    if (required && values[name] === undefined) throw new WrongUse(`--${name} is missing`)
  }
  checkCount(command, positionals)
  return { operands: positionals, options: values as Given['options'] }
}

function typed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : String(error))
  }
}

function checkCount({ operands }: Command, typed: readonly string[]): void {
  const open = operands.at(-1)?.endsWith('...') ?? false
  const missing = operands[typed.length]
  if (missing !== undefined && !missing.endsWith('...')) throw new WrongUse(`${missing} is missing`)
  // Not quoted: what stands in the wrong place may be a secret.
  if (!open && typed.length > operands.length) throw new WrongUse(`${typed.length - operands.length} words too many`)
}

/** How to type one command. */
export function usage({ name, help, operands, options }: Command): string {
  const words = Object.entries(options).map(([option, { value, required }]) => {
    const form = value ? `--${option} ${value}` : `--${option}`
    return required ? form : `[${form}]`
  })
  const lines = Object.entries(options).map(
    ([option, { value, help }]) => `  ${`--${option} ${value ?? ''}`.padEnd(20)} ${help}`,
  )
  const first = ['usage: twinlock', name, ...words, ...operands].join(' ')
  return [first, '', help, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n')
}

/** How to type any command. */
export function overview(commands: readonly Command[]): string {
  const lines = commands.map(({ name, help }) => `  ${name.padEnd(8)} ${help}`)
  return [
    'usage: twinlock COMMAND [--help]',
    '',
    'Keys, schemas, policies, and help for one user. Keys are read from TWINLOCK_KEYS or TWINLOCK_KEYS_FILE.',
    '',
    ...lines,
  ].join('\n')
}

/** The text of an option; empty where it was not given. */
export function text({ options }: Given, name: string): string {
  const value = options[name]
  return typeof value === 'string' ? value : ''
}
