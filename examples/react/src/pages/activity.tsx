/** What happened to your second factor, newest first. */
import { useState } from 'react'
import { call } from '../api.ts'
import { useCall } from '../parts/form.tsx'
import { Failure, Loading } from '../parts/waiting.tsx'
import { useAnswer } from '../use-answer.ts'

interface Entry {
  readonly id: string
  /** ISO 8601. */
  readonly at: string
  readonly type: string
  readonly success: boolean
  readonly context?: string | null
}

interface Entries {
  readonly entries: readonly Entry[]
  readonly next_cursor: string | null
}

const when = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })
const newest = () => page()

export function Activity() {
  const { answer, failure, again } = useAnswer(newest)
  return (
    <>
      <title>Activity · Twinlock with React</title>
      {failure !== undefined && <Failure thrown={failure} again={again} />}
      {failure === undefined && <h1>Activity</h1>}
      {failure === undefined && (answer ? <Log first={answer} /> : <Loading />)}
    </>
  )
}

function Log({ first }: { first: Entries }) {
  const [{ entries, next_cursor: cursor }, setShown] = useState(first)
  const { busy, error, run } = useCall()

  const more = async () => {
    const next = await page(cursor)
    setShown({ ...next, entries: [...entries, ...next.entries] })
  }

  return (
    <section className="card">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ id, at, type, context }) => (
            <tr key={id}>
              <td>
                <time dateTime={at}>{when.format(new Date(at))}</time>
              </td>
              <td>{type.replaceAll('_', ' ')}</td>
              <td>{context}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="error" role="alert">
        {error}
      </p>
      {cursor !== null && (
        <button type="button" className="button" disabled={busy} onClick={() => void run(more)}>
          Older
        </button>
      )}
    </section>
  )
}

function page(cursor?: string | null): Promise<Entries> {
  return call('GET', `/user/audit${cursor ? `?${new URLSearchParams({ cursor })}` : ''}`)
}
