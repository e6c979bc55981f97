/** What a server runs: `npm run serve`. */
import { fileURLToPath } from 'node:url'
import { createApp } from './application.ts'
import { riskOf } from './lockout.ts'
import { type Settings, SettingsError, settingsFrom } from './settings.ts'

const HOST = '127.0.0.1'
const DEFAULT_PORT = 8000

/**
 * Serves until it is told to stop. New files are for their owner alone.
 * @param welcome - called once it listens
 */
export async function serve(welcome?: (settings: Settings, port: number) => void): Promise<void> {
  process.umask(0o077)
  const settings = settingsFrom()
  const { app } = await createApp(settings)
  const port = Number(process.env['PORT'] || DEFAULT_PORT)
  await app.listen({ host: HOST, port })
  if (welcome) welcome(settings, port)
  else app.log.info(`who has a password guesses a code with a chance of at most ${riskOf(settings.policy)}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void app.close().finally(() => process.exit()))
  }
}

/** Runs; what the person who starts it must change is said without a traceback, which would only hide it. */
export async function started(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(`cannot start: ${error.message}`)
    process.exit(2)
  }
}

if (fileURLToPath(import.meta.url) === process.argv[1]) await started(() => serve())
