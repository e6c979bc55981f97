// What must never reach a log.
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { withAda } from './lib/instance.js'

test('the whole story leaves no secret in any log', async () => {
  mock.restoreAll()
  let printed = ''
  for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
    const write = process[stream].write.bind(process[stream])
    mock.method(process[stream], 'write', (/** @type {any} */ text, /** @type {any[]} */ ...rest) => {
      printed += text
      return write(text, ...rest)
    })
  }
  const { ada, settings } = await withAda()
  const { setup } = await ada.enrol()
  const code = ada.freshCode()
  const challenge = await ada.challenge()
  await ada.verify(challenge, code)
  const kept = [...ada.cookies.values()]
  await ada.verify(await ada.challenge(), code)
  await ada.verify(await ada.challenge(), ada.backupCodes[0] ?? '')
  await ada.call('GET', `/api/user/me?code=${code}`)
  ada.password = 'wrong wrong'
  await ada.signIn()
  await ada.call('POST', '/api/auth/register', { password: 'wrong wrong' })
  mock.restoreAll()

  assert.match(printed, /audit: verified user=/)
  assert.match(printed, /audit: failed user=/)
  assert.match(printed, /POST \/api\/auth\/2fa\/verify 200/)
  const keys = [settings.twinlockKeys.split(':')[1] ?? '', ...settings.sessionKeys]
  const secrets = [
    setup.secret,
    setup.setup,
    ...ada.backupCodes,
    code,
    challenge,
    ...kept,
    ...ada.cookies.values(),
    ...keys,
  ]
  secrets.push('correct horse battery', 'wrong wrong', '$argon2', 'ada@example.com', 's%3A')
  for (const secret of secrets) assert.ok(secret.length > 3 && !printed.includes(secret), secret)
})
