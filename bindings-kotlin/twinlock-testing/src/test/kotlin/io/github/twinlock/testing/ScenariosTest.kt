package io.github.twinlock.testing

import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.TwoFactor
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

class ScenariosTest {
    private val stories = Shared.names("scenarios")

    @TestFactory
    fun `every story through coroutines`(): List<DynamicTest> = walks {
        SuspendingFace(TwoFactor("Acme", it.storage, it.keys, it.policy, it.clock, it.namespace, it.onEvent))
    }

    @TestFactory
    fun `every story through threads, from Java`(): List<DynamicTest> = walks {
        JavaFace(BlockingTwoFactor("Acme", it.storage, it.keys, it.policy, it.clock, it.namespace, it.onEvent))
    }

    @Test
    fun `no story is missing or cut`() {
        for ((name, steps) in Shared.manifest("scenarios")) {
            assertTrue(name in stories, name)
            assertTrue((Shared.read("scenarios/$name")["steps"] as List<*>).size >= steps, name)
        }
    }

    private fun walks(make: (Parts) -> Face): List<DynamicTest> = stories.map { name ->
        dynamicTest(name) { Walker(Shared.read("scenarios/$name"), make).walk() }
    }
}
