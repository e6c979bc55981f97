/** What stands where a page is not there yet, or cannot be. */
import { sentence } from '../sentences.ts'

export function Loading() {
  return <p aria-busy="true">One moment …</p>
}

/** Without `thrown` the server gave no answer. */
export function Failure({ thrown, again }: { thrown?: unknown; again: () => void }) {
  return (
    <section className="card narrow">
      <h1>That did not work</h1>
      <p className="error" role="alert">
        {thrown === undefined ? 'The server cannot be reached.' : sentence(thrown)}
      </p>
      <button type="button" className="button wide" onClick={again}>
        Try again
      </button>
    </section>
  )
}
