/** The one door to the native module, and what every wrapper of it needs. */
import native from '#native'

export { native }
export type Engine = native.Engine
