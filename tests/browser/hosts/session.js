// What each of these pages does without Twinlock: give the name and the password. It keeps no token: cookies do.
import { createClient, openStepUp } from '/api/auth/2fa/web/twinlock.js';

export const BASE = '/api/auth/2fa';

/** The answer of the application's own login. */
export async function login(username, password) {
  const request = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username, password }) };
  return (await fetch('/api/auth/login', request)).json();
}

/** Calls the contract; a call that wants a fresh proof opens the step-up. */
export const client = createClient({ base: BASE, csrfCookie: 'csrf', stepUp: (by) => openStepUp({ client: by }) });
