/** What every page has: the way past the navigation, the navigation, and its place. */
import { useEffect, useRef } from 'react'
import { Link, NavLink, Outlet, useLocation } from 'react-router'
import icon from '../../../pages/static/icon.svg'
import { useSession } from '../session.tsx'
import { useCall } from './form.tsx'

export function Shell() {
  const main = useRef<HTMLElement>(null)
  const seen = useRef<string>(undefined)
  const { pathname } = useLocation()

  // Another page begins at its beginning, for readers too; not the first one, and not where a page has set the focus itself.
  useEffect(() => {
    const moved = seen.current !== undefined && seen.current !== pathname
    seen.current = pathname
    if (!moved || main.current?.contains(document.activeElement)) return
    scrollTo(0, 0)
    main.current?.focus()
  }, [pathname])

  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <Link className="brand" to="/">
          <img src={icon} alt="" width="28" height="28" /> Twinlock <span>with React</span>
        </Link>
        <Navigation />
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        <Outlet />
      </main>
      <footer>
        <span>An example application: read its source, then make it yours.</span>
      </footer>
    </>
  )
}

function Navigation() {
  const { standing } = useSession()
  if (standing.at === 'in') {
    return (
      <nav aria-label="Main">
        <NavLink to="/account">Account</NavLink>
        <NavLink to="/profile">Profile</NavLink>
        <NavLink to="/activity">Activity</NavLink>
        <SignOut />
      </nav>
    )
  }
  return (
    <nav aria-label="Main">
      <NavLink to="/register">Register</NavLink>
      <NavLink to="/login">Sign in</NavLink>
    </nav>
  )
}

function SignOut() {
  const { signOut } = useSession()
  const { busy, error, run } = useCall()
  return (
    <>
      <button type="button" className="link" disabled={busy} onClick={() => void run(signOut)}>
        Sign out
      </button>
      {error && (
        <span className="error" role="alert">
          {error}
        </span>
      )}
    </>
  )
}
