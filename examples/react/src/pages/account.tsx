/** Two-factor authentication: all of it is Twinlock's element. */
import { useLocation } from 'react-router'
import { client } from '../api.ts'
import { ACCOUNT, signInFor } from '../paths.ts'
import { useSession } from '../session.tsx'

export function Account() {
  const { standing, reload } = useSession()
  const { state } = useLocation()
  const changed = () => void reload()
  return (
    <div className="settings">
      <title>Your account · Twinlock with React</title>
      <h1>Your account</h1>
      {standing.at === 'in' && standing.mustEnroll && (
        <p className="notice" role="status">
          Your role needs two-factor authentication: please switch it on now.
        </p>
      )}
      {state?.needed && (
        <p className="notice" role="status">
          That page is about your second factor: please switch it on first.
        </p>
      )}
      <section id="two-factor" aria-label="Two-factor authentication">
        <twinlock-settings
          client={client}
          sign-in={signInFor(ACCOUNT)}
          ontwinlock-enabled={changed}
          ontwinlock-disabled={changed}
          ontwinlock-stepped-up={changed}
        />
      </section>
    </div>
  )
}
