// What must never reach a log.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withAda } from './lib/instance.ts'

test('the whole story leaves no secret in the log, at its most talkative', async () => {
  const { ada, browser, settings, log } = await withAda()
  const tokens = [ada.access, ada.refreshToken]
  const { setup } = await ada.enrol()
  tokens.push(ada.access, ada.device)
  const code = ada.freshCode()
  const codes = [ada.phone?.wrongCode(), code]
  const challenge = await ada.challenge()
  for (const typed of [...codes, code]) await ada.verify(challenge, typed ?? '')
  await ada.verify(await ada.challenge(), ada.backupCodes[0] ?? '')
  tokens.push(ada.access, ada.refreshToken, challenge)
  await ada.refresh()
  tokens.push(ada.access, ada.refreshToken)
  const page = browser('ada')
  page.phone = ada.phone
  await page.signInWithCode()
  tokens.push(...page.cookies.values())
  await page.call('POST', '/api/auth/refresh')
  ada.password = 'wrong wrong'
  await ada.signIn()
  await ada.call('POST', '/api/auth/login', { username: 'ada', password: 12345678 })
  await ada.call('POST', '/api/auth/logout', { refresh_token: tokens[1] })

  // Times and the like are digits, too.
  const text = log().replace(/"(time|pid|responseTime)":[\d.e-]+/g, '')
  // Short, so that a failure of this test does not print it all.
  const holds = (part: string) => assert.ok(text.includes(part), part)
  holds('"audit":"verified"')
  holds('"audit":"failed"')
  holds('"url":"/api/auth/2fa/verify"')
  const keys = [settings.jwtKeys.active, settings.twinlockKeys.toText().split(':')[1]]
  const words = ['correct horse battery', 'wrong wrong', '12345678', '$argon2', 'ada@example.com']
  const secrets = [setup.secret, setup.setup, ...ada.backupCodes, ...codes, ...tokens, ...keys, ...words]
  for (const secret of secrets) assert.ok(secret && !text.includes(secret), `in the log: ${secret}`)
})
