/** What tells the time: Unix seconds, fractions allowed. */
export type Clock = () => number

/**
 * A clock that stands still until it is told to move.
 *
 * ```ts
 * const clock = new VirtualClock();
 * const twoFactor = new TwoFactor({ issuer: 'Acme', storage: new MemoryStorage(), keys: KeyRing.generate(), clock: clock.now });
 * clock.advance(30);
 * ```
 */
export class VirtualClock {
  #seconds: number

  /** @param start - the time shown first, in Unix seconds */
  constructor(start = 1_700_000_000) {
    this.#seconds = start
  }

  /** The time shown, in Unix seconds. Bound: hand it over as `clock: clock.now`. */
  readonly now: Clock = () => this.#seconds

  /**
   * Moves on.
   * @param seconds - how far; back when negative
   */
  advance(seconds: number): void {
    this.#seconds += seconds
  }

  /**
   * Shows another time, whatever it is: broken ones, too.
   * @param seconds - Unix seconds
   */
  set(seconds: number): void {
    this.#seconds = seconds
  }
}

/** Takes a clock of either form as a function. */
export function asFunction(clock: Clock | VirtualClock): Clock {
  return typeof clock === 'function' ? clock : clock.now
}
