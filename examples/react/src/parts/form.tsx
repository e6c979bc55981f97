/** Forms and buttons that wait for their call and show a refusal in words, keeping what was typed. */
import { type ComponentProps, type FormEvent, type ReactNode, useId, useState } from 'react'
import { sentence } from '../sentences.ts'

/** One call at a time. `run` does it; a refusal becomes `error`. */
export function useCall() {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState('')
  async function run(call: () => Promise<void>): Promise<void> {
    if (busy) return
    setBusy(true)
    setError('')
    try {
      await call()
    } catch (thrown) {
      setError(sentence(thrown))
    } finally {
      setBusy(false)
    }
  }
  return { busy, error, setError, run }
}

interface FormProps {
  readonly submit: ReactNode
  readonly primary?: boolean
  readonly children: ReactNode
  /** Gets the fields by their names; what it throws is shown. */
  onSubmit(fields: Readonly<Record<string, string>>, form: HTMLFormElement): Promise<void>
}

/** Fields, the refusal, and the button. */
export function Form({ submit, primary = false, children, onSubmit }: FormProps) {
  const { busy, error, setError, run } = useCall()

  function submitted(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const wrong = form.querySelector<HTMLInputElement>('input:invalid')
    if (wrong) {
      setError(wrong.validationMessage)
      wrong.focus()
      return
    }
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]))
    void run(() => onSubmit(fields, form))
  }

  return (
    <form noValidate onSubmit={submitted}>
      {children}
      <p className="error" role="alert">
        {error}
      </p>
      <button type="submit" className={primary ? 'button primary wide' : 'button'} disabled={busy}>
        {submit}
      </button>
    </form>
  )
}

/** A labelled input. */
export function Field({ label, hint, ...input }: { label: string; hint?: string } & ComponentProps<'input'>) {
  const id = useId()
  const hintId = useId()
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <input required {...input} id={id} aria-describedby={hint && hintId} />
      {hint && (
        <p className="hint" id={hintId}>
          {hint}
        </p>
      )}
    </>
  )
}
