/** What a page asks the server for when it appears. */
import { useCallback, useEffect, useRef, useState } from 'react'

/** An answer, once there is one; a failure, if there was one; and a way to ask again. */
export interface Asked<Answer> {
  readonly answer?: Answer
  readonly failure?: unknown
  again(): void
}

/** Asks at once, and again where `ask` is another function than at the last rendering. */
export function useAnswer<Answer>(ask: () => Promise<Answer>): Asked<Answer> {
  const [told, setTold] = useState<Omit<Asked<Answer>, 'again'>>({})
  // What a page that has left, or has asked again, would have liked to know is nobody's business any more.
  const turn = useRef(0)

  const again = useCallback(() => {
    const mine = ++turn.current
    const tell = (next: typeof told) => {
      if (mine === turn.current) setTold(next)
    }
    setTold({})
    ask().then(
      answer => tell({ answer }),
      failure => tell({ failure }),
    )
  }, [ask])

  useEffect(() => {
    again()
    return () => {
      turn.current++
    }
  }, [again])

  return { ...told, again }
}
