/** Who you are, and what wants a fresh code: the password and the end of the account. */
import { useRef, useState } from 'react'
import { call } from '../api.ts'
import { Field, Form, useCall } from '../parts/form.tsx'
import { type User, useSession } from '../session.tsx'

const PROOFS: Readonly<Record<string, string>> = { pwd: 'password', otp: 'code' }

export function Profile() {
  const { standing } = useSession()
  if (standing.at !== 'in') return null
  const { user } = standing
  return (
    <>
      <title>Your profile · Twinlock with React</title>
      <h1>Your profile</h1>
      <div className="columns">
        <section className="card">
          <h2>You</h2>
          <Facts user={user} />
        </section>
        <div className="stack">
          <Password username={user.username} />
          <Delete />
        </div>
      </div>
    </>
  )
}

function Facts({ user }: { user: User }) {
  const facts = {
    'User name': user.username,
    'E-mail': user.email,
    Role: user.role,
    'Signed in with': user.amr.map(proof => PROOFS[proof] ?? proof).join(' and '),
  }
  return (
    <dl className="facts">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Password({ username }: { username: string }) {
  const [done, setDone] = useState(false)
  return (
    <section className="card">
      <h2>Change password</h2>
      {done && (
        <p className="notice" role="status">
          Your password is changed. All your other sessions are signed out.
        </p>
      )}
      <Form
        submit="Change password"
        onSubmit={async ({ password, next }, form) => {
          setDone(false)
          await call('POST', '/user/password', { password, new_password: next })
          form.reset()
          setDone(true)
        }}
      >
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <Field
          label="Current password"
          name="password"
          type="password"
          autoComplete="current-password"
          maxLength={256}
        />
        <Field
          label="New password"
          name="next"
          type="password"
          autoComplete="new-password"
          minLength={8}
          maxLength={256}
        />
      </Form>
      <p className="hint">Signs out all your other sessions.</p>
    </section>
  )
}

function Delete() {
  const { deleted } = useSession()
  const { busy, error, run } = useCall()
  const sure = useRef<HTMLDialogElement>(null)

  function closed() {
    if (sure.current?.returnValue !== 'yes') return
    void run(async () => {
      await call('DELETE', '/user/account')
      deleted()
    })
  }

  function ask() {
    if (!sure.current) return
    sure.current.returnValue = 'no'
    sure.current.showModal()
  }

  return (
    <section className="card danger">
      <h2>Delete account</h2>
      <p>A sensitive action: it wants a code that is not older than five minutes.</p>
      <p className="error" role="alert">
        {error}
      </p>
      <button type="button" className="button warn" disabled={busy} onClick={ask}>
        Delete my account
      </button>
      <dialog ref={sure} aria-labelledby="sure-title" onClose={closed}>
        <h2 id="sure-title">Delete your account?</h2>
        <p>The account, its second factor and its history are gone at once. This cannot be undone.</p>
        <form method="dialog" className="actions">
          <button type="submit" className="button" value="no">
            Keep it
          </button>
          <button type="submit" className="button warn" value="yes">
            Delete
          </button>
        </form>
      </dialog>
    </section>
  )
}
