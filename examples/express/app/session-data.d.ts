/** What the application keeps in a session, beside what Twinlock keeps there. */
import 'express-session'

declare module 'express-session' {
  interface SessionData {
    /** Who is signed in. */
    userId: string
    /** How they proved who they are: `pwd`, `otp`. */
    amr: string[]
    /** Unix seconds. */
    signedInAt: number
    /** Sent back by our own pages with whatever changes something. */
    csrf: string
  }
}
