import { Link } from 'react-router'
import { useSession } from '../session.tsx'

export function Home() {
  const { standing } = useSession()
  return (
    <section className="hero">
      <title>Twinlock with React</title>
      <p className="eyebrow">A single-page application</p>
      <h1>A second lock on the door</h1>
      <p className="lead">
        React, with two-factor authentication by Twinlock's elements. Create an account, switch the second factor on,
        sign out, and sign in again.
      </p>
      <div className="actions">
        {standing.at === 'in' ? (
          <Link className="button primary" to="/account">
            Your account
          </Link>
        ) : (
          <>
            <Link className="button primary" to="/register">
              Create an account
            </Link>
            <Link className="button" to="/login">
              Sign in
            </Link>
          </>
        )}
      </div>
    </section>
  )
}
