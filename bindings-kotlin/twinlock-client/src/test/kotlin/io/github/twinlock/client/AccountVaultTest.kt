package io.github.twinlock.client

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class AccountVaultTest {
    private val vault: AccountVault = MemoryAccountVault()

    @Test
    fun `accounts stay in the order they came, and a replaced one keeps its place`() =
        runBlocking {
            for (id in listOf("b", "a", "c")) vault.save(id, "otpauth://totp/$id")
            vault.save("a", "otpauth://totp/new")
            assertEquals(listOf("b", "a", "c"), vault.ids())
            assertEquals("otpauth://totp/new", vault.load("a"))
        }

    @Test
    fun `a removed account is gone, and there was none to remove again`() =
        runBlocking {
            vault.save("a", "otpauth://totp/a")
            assertTrue(vault.remove("a"))
            assertFalse(vault.remove("a"))
            assertEquals(null, vault.load("a"))
        }

    @Test
    fun `what is no account is refused without telling what it was`() {
        val wrong = listOf(
            "" to "otpauth://x",
            "a".repeat(129) to "otpauth://x",
            "a" to "https://SECRET",
            "a" to "otpauth://" + "SECRET".repeat(400),
        )
        for ((id, uri) in wrong) {
            val thrown = assertThrows(IllegalArgumentException::class.java) { runBlocking { vault.save(id, uri) } }
            assertFalse("SECRET" in thrown.message.orEmpty())
        }
        assertFalse("SECRET" in vault.toString())
    }

    @Test
    fun `many coroutines save at once and none is lost`() =
        runBlocking {
            withContext(Dispatchers.Default) { repeat(20_000) { launch { vault.save("$it", "otpauth://totp/$it") } } }
            assertEquals(20_000, vault.ids().size)
        }
}
