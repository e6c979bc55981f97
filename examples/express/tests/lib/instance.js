/** One application per test, in a folder of its own, with a clock that the test moves. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, mock } from 'node:test'
import { VirtualClock } from 'twinlock/testing'
import { createApp } from '../../app/application.js'
import { fromEnvironment } from '../../app/settings.js'
import { Person } from './person.js'

// The log is a matter of logs.test.js; elsewhere it would hide what failed.
mock.method(console, 'info', () => {})

/** A folder that goes with the test. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'twinlock-express-'))
  after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** @param {NodeJS.ProcessEnv} env */
export function settingsFor(env = {}) {
  return fromEnvironment({
    APP_ENV: 'development',
    TWINLOCK_DEMO_DATA: folder(),
    SIGN_IN_LIMIT: '1000/minute',
    REGISTER_LIMIT: '1000/minute',
    ...env,
  })
}

/** @param {import('../../app/settings.js').Settings} settings @param {VirtualClock} clock */
export async function running(settings, clock = new VirtualClock()) {
  const parts = await createApp(settings, clock.now)
  const server = parts.app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close().closeAllConnections())
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return { ...parts, clock, port, person: (/** @type {string} */ name) => new Person(name, port, clock) }
}

/** @param {NodeJS.ProcessEnv} [env] */
export function instance(env) {
  return running(settingsFor(env))
}

/**
 * One with Ada, registered and signed in by password, without a second factor.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function withAda(env) {
  const app = await instance(env)
  const ada = app.person('ada')
  await ada.register()
  await ada.signIn()
  return { ...app, ada }
}
