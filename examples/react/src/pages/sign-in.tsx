import { Link } from 'react-router'
import { Field, Form } from '../parts/form.tsx'
import { useSession } from '../session.tsx'

const LEFT = { 'signed-out': 'You are signed out.', deleted: 'Your account is deleted.' }

export function SignIn() {
  const { standing, signIn } = useSession()
  const left = standing.at === 'out' && standing.left
  return (
    <section className="card narrow">
      <title>Sign in · Twinlock with React</title>
      <h1>Sign in</h1>
      {left && (
        <p className="notice" role="status">
          {LEFT[left]}
        </p>
      )}
      <Form
        primary
        submit="Sign in"
        // Where to go from here is the guards' matter: they see who is signed in.
        onSubmit={({ username = '', password = '' }) => signIn({ username, password })}
      >
        <Field
          label="User name or e-mail address"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={254}
        />
        <Field label="Password" name="password" type="password" autoComplete="current-password" maxLength={256} />
      </Form>
      <p className="aside">
        New here? <Link to="/register">Create an account</Link>
      </p>
    </section>
  )
}
