package io.github.twinlock.jdbc

/** One process of the race. */
internal fun main(arguments: Array<String>) {
    race(arguments[0], arguments[1])
}
