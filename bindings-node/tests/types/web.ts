// The elements, as a program in plain TypeScript sees them. Compiled, never run.
import type { Answer, NextStep, TwinlockChallenge } from 'twinlock/web'
import { addCatalogue, forget, openStepUp } from 'twinlock/web'

declare function signedIn(answer: Answer): void
declare const login: NextStep

const challenge: TwinlockChallenge = document.createElement('twinlock-challenge')
challenge.nextStep = login
challenge.getToken = async ({ refresh }) => (refresh ? 'new' : null)
challenge.addEventListener('twinlock-verified', ({ detail }) => signedIn(detail))
document.addEventListener('twinlock-error', ({ detail }) => {
  if (detail.code === 'throttled') setTimeout(() => challenge.focus(), (detail.retry_after ?? 1) * 1000)
})
document.querySelector('twinlock-settings')?.addEventListener('twinlock-disabled', ({ detail }) => {
  const nothing: undefined = detail
  return nothing
})
openStepUp({ base: '/2fa', lang: 'de' }).then(({ backup_codes_left: left }) => left.toFixed())
addCatalogue('en', { issuer: 'Website' })
forget()

// @ts-expect-error a challenge is text
challenge.challenge = 5
// @ts-expect-error the settings have no challenge
document.createElement('twinlock-settings').nextStep = login
// @ts-expect-error no such code
document.addEventListener('twinlock-error', ({ detail }) => detail.code === 'wrong')
