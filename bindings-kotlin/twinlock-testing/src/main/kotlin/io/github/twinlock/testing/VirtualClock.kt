package io.github.twinlock.testing

import io.github.twinlock.Clock

/**
 * A clock that stands still until it is told to move; for any number of threads.
 *
 * @param start the time shown first, in Unix seconds
 */
public class VirtualClock
    @JvmOverloads
    constructor(start: Double = 1_700_000_000.0) : Clock {
        @Volatile
        private var seconds = start

        /** The same, from whole seconds. */
        public constructor(start: Long) : this(start.toDouble())

        /** The time shown. */
        override fun now(): Double = seconds

        /** Moves on by that many [seconds]; back when negative. */
        @Synchronized
        public fun advance(seconds: Long) {
            this.seconds += seconds
        }

        /** Shows another time, whatever it is: broken ones, too. */
        public fun set(seconds: Double) {
            this.seconds = seconds
        }
    }
