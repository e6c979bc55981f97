package io.github.twinlock.android

import android.content.Context
import androidx.test.ext.junit.runners.AndroidJUnit4
import androidx.test.platform.app.InstrumentationRegistry
import io.github.twinlock.client.Tokens
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import java.io.File

@RunWith(AndroidJUnit4::class)
class KeystoreTest {
    private val context: Context = InstrumentationRegistry.getInstrumentation().targetContext
    private val vault = KeystoreAccountVault(context)
    private val tokens = KeystoreTokenStore(context)
    private val accountsFile = File(context.noBackupFilesDir, "twinlock-accounts")

    @After
    fun erase() =
        runBlocking {
            vault.erase()
            tokens.erase()
        }

    @Test
    fun accountsAreThereForAnotherInstanceInTheirOrder() =
        runBlocking {
            for (id in listOf("b", "a")) vault.save(id, "otpauth://totp/$id")
            vault.save("b", "otpauth://totp/new")
            val again = KeystoreAccountVault(context)
            assertEquals(listOf("b", "a"), again.ids())
            assertEquals("otpauth://totp/new", again.load("b"))
            assertTrue(again.remove("b"))
            assertFalse(vault.remove("b"))
        }

    @Test
    fun noSecretStandsInTheFile() =
        runBlocking {
            vault.save("a", "otpauth://totp/a?secret=SECRET")
            assertFalse("SECRET" in accountsFile.readBytes().toString(Charsets.ISO_8859_1))
        }

    @Test
    fun aDamagedFileIsNotAnEmptyVault() {
        runBlocking { vault.save("a", "otpauth://totp/a") }
        accountsFile.writeBytes(accountsFile.readBytes().also { it[20] = (it[20] + 1).toByte() })
        assertThrows(SealedFileException::class.java) { runBlocking { vault.ids() } }
    }

    @Test
    fun tokensComeBack() =
        runBlocking {
            assertEquals(Tokens(), tokens.load())
            tokens.save(Tokens(access = "a", device = "d"))
            assertEquals(Tokens(access = "a", device = "d"), KeystoreTokenStore(context).load())
        }
}
