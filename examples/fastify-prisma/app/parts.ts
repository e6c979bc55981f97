/** What the routes are made of. */
import type { Accounts } from './accounts.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { Sessions } from './sessions.ts'
import type { Settings } from './settings.ts'
import type { TwoFactorService } from './two-factor/service.ts'

/** The parts of one application. */
export interface Parts {
  readonly settings: Settings
  readonly accounts: Accounts
  readonly tokens: RefreshTokens
  readonly sessions: Sessions
  readonly twoFactor: TwoFactorService
  /** Unix seconds. */
  readonly clock: () => number
}
