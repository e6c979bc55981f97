import { AssertionError } from 'node:assert'

/** Holds a condition; the rule it stands for is the message when it does not hold. */
export function must(condition: boolean, rule: string): asserts condition {
  if (!condition) throw broken(rule)
}

/** The error of a broken rule. */
export function broken(rule: string, cause?: unknown): AssertionError {
  const error = new AssertionError({ message: rule, stackStartFn: must })
  if (cause !== undefined) error.cause = cause
  return error
}

/** Runs one law of a kit, so that whatever goes wrong names the law. */
export async function underLaw(law: string, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw broken(error instanceof AssertionError ? `${law}: ${said}` : `${law}: it failed with ${said}`, error)
  }
}
