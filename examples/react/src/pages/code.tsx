/** The second step of a sign-in. The challenge is in memory alone: a reload begins again with the password. */
import { useLocation } from 'react-router'
import { client } from '../api.ts'
import { keepNext } from '../paths.ts'
import { useSession } from '../session.tsx'

export function Code() {
  const { standing, reload, startOver } = useSession()
  const { search } = useLocation()
  if (standing.at !== 'code-due') return null
  return (
    <section className="narrow">
      <title>Your code · Twinlock with React</title>
      <twinlock-challenge
        client={client}
        nextStep={standing.challenge}
        sign-in={keepNext('/login', search)}
        ontwinlock-verified={() => void reload()}
      />
      <p className="aside">
        <button type="button" className="link" onClick={startOver}>
          Sign in as somebody else
        </button>
      </p>
    </section>
  )
}
