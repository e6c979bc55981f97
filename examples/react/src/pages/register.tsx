import { Link } from 'react-router'
import { call } from '../api.ts'
import { Field, Form } from '../parts/form.tsx'
import { useSession } from '../session.tsx'

export function Register() {
  const { signIn } = useSession()
  return (
    <section className="card narrow">
      <title>Create an account · Twinlock with React</title>
      <h1>Create an account</h1>
      <Form
        primary
        submit="Create account"
        onSubmit={async ({ username = '', email, password = '' }) => {
          await call('POST', '/auth/register', { username, email, password })
          await signIn({ username, password })
        }}
      >
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          minLength={3}
          maxLength={32}
          hint="3 to 32 letters, digits, dots, dashes or underscores."
        />
        <Field
          label="E-mail address"
          name="email"
          type="email"
          autoComplete="email"
          maxLength={254}
          hint="Nothing is sent to it."
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={8}
          maxLength={256}
          hint="8 characters or more. Longer is better than stranger."
        />
      </Form>
      <p className="aside">
        Have one already? <Link to="/login">Sign in</Link>
      </p>
    </section>
  )
}
