/** Who is signed in: `useSession()` anywhere below `<SessionProvider>`. Kept in memory alone; the server's answer decides. */
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { LoginChallenge } from 'twinlock/client'
import { call, client, isRefusal, sessionEnds } from './api.ts'

/** What `GET /api/user/me` tells. */
export interface User {
  readonly username: string
  readonly email: string
  readonly role: string
  /** How they proved it: `pwd`, `otp`. */
  readonly amr: readonly string[]
}

/** A user name or e-mail address, and the password. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Where a visitor stands. */
export type Standing =
  | { readonly at: 'loading' }
  | { readonly at: 'unreachable' }
  | { readonly at: 'out'; readonly left?: 'signed-out' | 'deleted' }
  /** The password was right, the second factor is due. */
  | { readonly at: 'code-due'; readonly challenge: LoginChallenge }
  /** `mustEnroll`: the server wants a second factor of this user, who has none yet. */
  | { readonly at: 'in'; readonly user: User; readonly mustEnroll: boolean }

/** What pages can do about it. */
export interface Session {
  readonly standing: Standing
  /** The first factor. Afterwards the visitor is in, or a code is due. */
  signIn(credentials: Credentials): Promise<void>
  /** Begins again with the password. */
  startOver(): void
  /** Asks the server who is signed in: after a proof, and whenever that may have changed. */
  reload(): Promise<void>
  /** Signs out here and in every other tab. */
  signOut(): Promise<void>
  /** The account is gone, and the session with it. */
  deleted(): void
}

type LoginAnswer = LoginChallenge | { readonly two_factor_required?: false; readonly enrollment_required?: boolean }

const Context = createContext<Session | null>(null)
const tabs = new BroadcastChannel('session')

/** The session of the page. */
export function useSession(): Session {
  const session = use(Context)
  if (session === null) throw new Error('useSession() belongs below <SessionProvider>')
  return session
}

/** Asks once who is signed in, and listens for everything that ends it. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [standing, setStanding] = useState<Standing>({ at: 'loading' })
  // An answer that comes after somebody has signed out, or in, is no longer true.
  const turn = useRef(0)

  const stand = useCallback((next: Standing) => {
    turn.current++
    setStanding(next)
  }, [])

  const load = useCallback(async (mustEnroll: boolean) => {
    const mine = ++turn.current
    const next = await whoIs(mustEnroll)
    if (mine === turn.current) setStanding(kept => (next.at === 'unreachable' && kept.at === 'in' ? kept : next))
  }, [])

  const leave = useCallback(
    (left?: 'signed-out' | 'deleted') => {
      client.forget()
      stand({ at: 'out', ...(left && { left }) })
    },
    [stand],
  )

  useEffect(() => {
    void load(false)
    const ended = () => setStanding(kept => (kept.at === 'in' ? { at: 'out' } : kept))
    const shown = ({ persisted }: PageTransitionEvent) => {
      // Back from the browser's cache of whole pages: nothing of before is shown until the server has been asked.
      if (!persisted) return
      stand({ at: 'loading' })
      void load(false)
    }
    const told = () => leave('signed-out')
    sessionEnds.addEventListener('end', ended)
    addEventListener('pageshow', shown)
    tabs.addEventListener('message', told)
    return () => {
      sessionEnds.removeEventListener('end', ended)
      removeEventListener('pageshow', shown)
      tabs.removeEventListener('message', told)
    }
  }, [load, leave, stand])

  const session = useMemo<Session>(
    () => ({
      standing,
      async signIn(credentials) {
        const answer = await call<LoginAnswer>('POST', '/auth/login', credentials)
        if (answer.two_factor_required) stand({ at: 'code-due', challenge: answer })
        else await load(answer.enrollment_required === true)
      },
      startOver: () => stand({ at: 'out' }),
      reload: () => load(false),
      async signOut() {
        await call('POST', '/auth/logout')
        leave('signed-out')
        tabs.postMessage('signed-out')
      },
      deleted() {
        leave('deleted')
        tabs.postMessage('signed-out')
      },
    }),
    [standing, stand, load, leave],
  )
  return <Context value={session}>{children}</Context>
}

async function whoIs(mustEnroll: boolean): Promise<Standing> {
  try {
    return { at: 'in', user: await call<User>('GET', '/user/me'), mustEnroll }
  } catch (thrown) {
    return isRefusal(thrown, 'not_signed_in') ? { at: 'out' } : { at: 'unreachable' }
  }
}
