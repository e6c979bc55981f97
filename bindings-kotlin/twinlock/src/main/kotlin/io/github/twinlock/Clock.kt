package io.github.twinlock

/** Where `now` comes from. */
public fun interface Clock {
    /** Unix seconds, fractions allowed. What is no time at all (NaN, below 0) refuses with [ConfigurationException]. */
    public fun now(): Double

    public companion object {
        /** The computer's clock. */
        @JvmField
        public val SYSTEM: Clock = Clock { System.currentTimeMillis() / 1000.0 }
    }
}

/**
 * Is told of every event after its commit, and of refusals that are not stored (`durable` is then false): for mail, logs, metrics.
 * It runs before the answer goes out, so it must be short. What it throws is logged and changes nothing.
 */
public fun interface EventListener {
    /** An event; [durable] where it is stored. */
    public fun on(event: TwoFactorEvent, durable: Boolean)
}
