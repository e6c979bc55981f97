/** What a server starts: `npm run serve`. */
import { createApp } from './application.js'
import { fromEnvironment, SettingsError } from './settings.js'

const HOST = '127.0.0.1'
const DEFAULT_PORT = 8000

/**
 * Serves until it is told to stop. New files are for their owner alone.
 * @param {(settings: import('./settings.js').Settings, port: number) => void} [welcome] called once it listens
 */
export async function serve(welcome) {
  process.umask(0o077)
  const settings = fromEnvironment()
  const { app } = await createApp(settings)
  const port = Number(process.env.PORT || DEFAULT_PORT)
  const server = app.listen(port, HOST, error => {
    if (error) throw error
    if (welcome) welcome(settings, port)
    else console.info(`listening on http://${HOST}:${port}/`)
  })
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => server.close(() => process.exit()).closeAllConnections())
  }
}

/**
 * Runs; what the person who starts it must change is said without a traceback, which would only hide it.
 * @param {() => unknown} run
 */
export async function started(run) {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(`cannot start: ${error.message}`)
    process.exit(2)
  }
}

if (import.meta.filename === process.argv[1]) await started(() => serve())
