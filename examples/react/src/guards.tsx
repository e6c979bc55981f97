/**
 * Who sees which page. Guards keep visitors from pages that have nothing for them; what may be done is decided by the server alone, at each
 * call.
 */
import type { ReactNode } from 'react'
import { Navigate, Outlet, useLocation } from 'react-router'
import { client } from './api.ts'
import { Failure, Loading } from './parts/waiting.tsx'
import { ACCOUNT, keepNext, nextIn, signInFor } from './paths.ts'
import { useSession } from './session.tsx'
import { useAnswer } from './use-answer.ts'

/** Pages of somebody who is signed in: others sign in first and come back. */
export function SignedIn() {
  const { standing } = useSession()
  const { pathname } = useLocation()
  if (standing.at === 'in') {
    if (standing.mustEnroll && pathname !== ACCOUNT) return <Navigate to={ACCOUNT} replace />
    return <Outlet />
  }
  const left = standing.at === 'out' && standing.left
  return <Known>{<Navigate to={left ? '/login' : signInFor(pathname)} replace />}</Known>
}

/** Pages of somebody who is not: others go where they wanted to. */
export function SignedOut() {
  const { standing } = useSession()
  const { search } = useLocation()
  if (standing.at === 'in') return <Navigate to={nextIn(search)} replace />
  return <Known>{<Outlet />}</Known>
}

/** The password comes before the code, and once it was right the code is what comes next. */
export function CodeDue({ due }: { due: boolean }) {
  const { standing } = useSession()
  const { search } = useLocation()
  if ((standing.at === 'code-due') === due) return <Outlet />
  return <Navigate to={keepNext(due ? '/login' : '/login/code', search)} replace />
}

const twoFactor = () => client.status()

/** Pages that only somebody with a second factor has a use for. The server is asked: another tab may have switched it off. */
export function SecondFactor() {
  const { answer, failure, again } = useAnswer(twoFactor)
  if (failure !== undefined) return <Failure thrown={failure} again={again} />
  if (answer === undefined) return <Loading />
  return answer.enabled ? <Outlet /> : <Navigate to={ACCOUNT} state={{ needed: true }} replace />
}

/** Shows its children once the server has said who is signed in. */
function Known({ children }: { children: ReactNode }) {
  const { standing, reload } = useSession()
  if (standing.at === 'loading') return <Loading />
  if (standing.at === 'unreachable') return <Failure again={reload} />
  return children
}
