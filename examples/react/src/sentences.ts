/** Refusals of the application's own calls in words; Twinlock's elements find theirs themselves. */
import { isProblem } from 'twinlock/client'
import { Refusal } from './api.ts'

const SENTENCES: Readonly<Record<string, string>> = {
  wrong_credentials: 'The name or the password is wrong.',
  wrong_password: 'The password is wrong.',
  username_taken: 'This user name is taken.',
  email_taken: 'This address has an account already.',
  not_enabled: 'This needs two-factor authentication: switch it on first.',
  assurance_required: 'This needs a fresh code.',
  not_signed_in: 'You are signed out. Please sign in again.',
  network: 'The server cannot be reached.',
}

/** What to tell the user of anything thrown. */
export function sentence(thrown: unknown): string {
  if (thrown instanceof Refusal) return ofRefusal(thrown)
  return (isProblem(thrown) && SENTENCES[thrown.code]) || 'Something went wrong.'
}

function ofRefusal({ problem: { code = '', fields = [], retry_after: seconds }, message }: Refusal): string {
  if (code === 'too_many_requests') return `Too many attempts. Try again in ${seconds} seconds.`
  const [first] = fields
  if (first) return `${first.field.replace('_', ' ')}: ${first.message}`
  return SENTENCES[code] ?? message
}
