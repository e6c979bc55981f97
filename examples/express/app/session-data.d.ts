/** What the application keeps in a session, beside what Twinlock keeps there. */
import 'express-session'

declare module 'express-session' {
  interface SessionData {
    /** Who is signed in. */
    userId: string
    /** How they proved who they are: `pwd`, `otp`. */
    amr: string[]
    /** Whether a second factor was proved, now or earlier by a browser that is trusted. */
    proven: boolean
    /** Unix seconds. */
    signedInAt: number
    /** Sent back by our own pages with whatever changes something. */
    csrf: string
  }
}
