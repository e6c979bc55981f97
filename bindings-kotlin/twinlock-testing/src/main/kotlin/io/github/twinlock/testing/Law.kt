package io.github.twinlock.testing

import kotlinx.coroutines.runBlocking

/**
 * One law of a kit: what is held to it is a [T].
 *
 * ```kotlin
 * @TestFactory
 * fun laws() = StorageKit.laws.map { law -> dynamicTest(law.name) { law.check(subject) } }
 * ```
 *
 * @property name the law in words, as a test runner should show it
 */
public class Law<T> internal constructor(public val name: String, private val body: suspend (T) -> Unit) {
    /** Holds [subject] to it. An [AssertionError] names the law and says what broke it. */
    public suspend fun run(subject: T) {
        try {
            body(subject)
        } catch (error: BrokenLaw) {
            throw AssertionError("$name: ${error.message}", error)
        }
    }

    /** The same, blocking. */
    public fun check(subject: T): Unit = runBlocking { run(subject) }

    override fun toString(): String = name
}

internal class BrokenLaw(rule: String, cause: Throwable? = null) : AssertionError(rule, cause)

/** Holds a condition; the rule it stands for is the message when it does not hold. */
internal fun must(condition: Boolean, rule: String) {
    if (!condition) throw BrokenLaw(rule)
}
