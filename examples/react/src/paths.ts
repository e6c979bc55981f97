/** Addresses of pages, and the way back to the one that somebody wanted before they had to sign in. */

/** Where the second factor is managed; the server's `setup_url` says the same. */
export const ACCOUNT = '/account'

const GUARDED = [ACCOUNT, '/profile', '/activity']

/** Where to go after sign-in: one of our own pages, whatever the address says. */
export function nextIn(search: string): string {
  const wanted = new URLSearchParams(search).get('next')
  return GUARDED.find(path => path === wanted) ?? ACCOUNT
}

/** The sign-in page, which leads back to `path`. */
export function signInFor(path: string): string {
  return `/login?${new URLSearchParams({ next: path })}`
}

/** Another page with the same way back. */
export function keepNext(path: string, search: string): string {
  const next = new URLSearchParams(search).has('next') ? nextIn(search) : undefined
  return next === undefined ? path : `${path}?${new URLSearchParams({ next })}`
}
