package io.github.twinlock.android

import android.content.Context
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.util.AtomicFile
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext
import java.io.File
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.KeyStore
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * What was sealed cannot be opened: the key is gone (an app restored on another phone, the lock screen removed) or the file is
 * damaged. Nothing was changed. What was in it is lost: say so to the user, then `erase` and begin anew.
 */
public class SealedFileException internal constructor(
    message: String,
    cause: Throwable? = null,
) : IOException(message, cause)

/**
 * A small file under AES-256-GCM, whose key never leaves the Android Keystore; out of backups. Read and replaced as a whole.
 *
 * @param name of the file and of its key; bound into the seal
 * @param onlyUnlocked whether the key works only while the phone is unlocked (Android 9 and newer; the phone needs a lock screen)
 */
internal class SealedFile(
    context: Context,
    private val name: String,
    private val onlyUnlocked: Boolean,
) {
    private val file = AtomicFile(File(context.noBackupFilesDir, "twinlock-$name"))
    private val alias = "io.github.twinlock.$name"
    private val label = "twinlock 1 $name".encodeToByteArray()

    /**
     * The content, or none when nothing was ever written.
     *
     * @throws SealedFileException when there is one and it cannot be opened
     */
    suspend fun read(): ByteArray? =
        withContext(Dispatchers.IO) {
            if (!file.baseFile.exists()) return@withContext null
            val sealed = file.readFully()
            val key = key() ?: throw SealedFileException("the key is gone")
            if (sealed.size <= IV_BYTES) throw SealedFileException("the file is damaged")
            try {
                val cipher = Cipher.getInstance(TRANSFORMATION)
                cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, sealed, 0, IV_BYTES))
                cipher.updateAAD(label)
                cipher.doFinal(sealed, IV_BYTES, sealed.size - IV_BYTES)
            } catch (thrown: GeneralSecurityException) {
                throw SealedFileException("the file cannot be opened", thrown)
            }
        }

    /** Replaces the content; after a crash in the middle the old one is there. */
    suspend fun write(content: ByteArray): Unit =
        withContext(NonCancellable + Dispatchers.IO) {
            val cipher = Cipher.getInstance(TRANSFORMATION)
            try {
                // The key store draws the nonce itself and would refuse one of ours.
                cipher.init(Cipher.ENCRYPT_MODE, key() ?: makeKey())
                cipher.updateAAD(label)
            } catch (thrown: GeneralSecurityException) {
                throw SealedFileException("the key cannot be used", thrown)
            }
            val sealed = cipher.iv + cipher.doFinal(content)
            val stream = file.startWrite()
            try {
                stream.write(sealed)
                file.finishWrite(stream)
            } catch (thrown: IOException) {
                file.failWrite(stream)
                throw thrown
            }
        }

    /** Removes the file and its key, so that no copy of the file opens any more. */
    suspend fun erase(): Unit =
        withContext(NonCancellable + Dispatchers.IO) {
            keyStore().deleteEntry(alias)
            file.delete()
        }

    private fun key(): SecretKey? = keyStore().getKey(alias, null) as SecretKey?

    private fun makeKey(): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val wanted =
            KeyGenParameterSpec
                .Builder(alias, purposes)
                .setKeySize(KEY_BITS)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
        if (onlyUnlocked && Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) wanted.setUnlockedDeviceRequired(true)
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEY_STORE)
        generator.init(wanted.build())
        return generator.generateKey()
    }

    private fun keyStore(): KeyStore = KeyStore.getInstance(KEY_STORE).apply { load(null) }

    override fun toString(): String = "SealedFile($name)"

    private companion object {
        const val KEY_STORE = "AndroidKeyStore"
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val KEY_BITS = 256
        const val TAG_BITS = 128
        const val IV_BYTES = 12
    }
}
