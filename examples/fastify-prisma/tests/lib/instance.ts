/** One application per test, in a folder of its own, with a clock that the test moves. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { VirtualClock } from 'twinlock/testing'
import { createApp } from '../../app/application.ts'
import { type Settings, settingsFrom } from '../../app/settings.ts'
import { Browser, Person } from './person.ts'

export type Instance = Awaited<ReturnType<typeof running>>

/** A folder that goes with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'twinlock-fastify-'))
  after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export function settingsFor(env: NodeJS.ProcessEnv = {}): Settings {
  return settingsFrom({
    APP_ENV: 'development',
    TWINLOCK_DEMO_DATA: folder(),
    JWT_KEYS: `new:${'n'.repeat(32)},old:${'o'.repeat(32)}`,
    SIGN_IN_LIMIT: '1000/minute',
    REGISTER_LIMIT: '1000/minute',
    ...env,
  })
}

export async function running(settings: Settings, clock = new VirtualClock()) {
  const lines: string[] = []
  const logger = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } }
  const { app, parts } = await createApp(settings, { clock: clock.now, logger })
  after(() => app.close())
  return {
    app,
    ...parts,
    clock,
    /** All that was logged. */
    log: () => lines.join(''),
    person: (name: string) => new Person(app, clock, name),
    browser: (name: string) => new Browser(app, clock, name),
  }
}

export function instance(env?: NodeJS.ProcessEnv) {
  return running(settingsFor(env))
}

/** One with Ada, registered and signed in by password, without a second factor. */
export async function withAda(env?: NodeJS.ProcessEnv) {
  const made = await instance(env)
  const ada = made.person('ada')
  await ada.register()
  await ada.signIn()
  return { ...made, ada }
}
