package example

import com.password4j.Argon2Function
import com.password4j.Password
import com.password4j.types.Argon2
import io.github.twinlock.http.TwoFactorUser
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.nio.file.Path
import java.sql.Connection
import java.sql.DriverManager
import java.sql.ResultSet
import java.text.Normalizer
import java.util.UUID

/**
 * An account.
 *
 * @property id never changes and never comes back
 * @property generation sessions of an older one are over
 */
class User(val id: String, val username: String, val email: String, val passwordHash: String, val generation: Int) {
    /** As Twinlock knows them. */
    fun forTwoFactor() = TwoFactorUser(id, email)

    override fun toString() = "User"
}

/** The accounts themselves, in the application's own database. A closed one is gone for everybody but [closed]. */
class Accounts(file: Path) : AutoCloseable {
    private val connection: Connection = DriverManager.getConnection("jdbc:sqlite:$file")

    init {
        connection.createStatement().use {
            it.execute("PRAGMA journal_mode = WAL")
            it.execute(
                """CREATE TABLE IF NOT EXISTS users (
                    id TEXT PRIMARY KEY, username TEXT NOT NULL, username_key TEXT NOT NULL UNIQUE, email TEXT NOT NULL,
                    email_key TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, generation INTEGER NOT NULL DEFAULT 0,
                    closed INTEGER NOT NULL DEFAULT 0) STRICT""",
            )
        }
    }

    /** @throws Problem `username_taken` or `email_taken` */
    suspend fun create(username: String, email: String, password: String): User {
        val user = User(UUID.randomUUID().toString(), username, email, hash(password), 0)
        val made = change(
            "INSERT INTO users (id, username, username_key, email, email_key, password_hash) VALUES (?, ?, ?, ?, ?, ?) " +
                "ON CONFLICT DO NOTHING",
            user.id, username, fold(username), email, fold(email), user.passwordHash,
        )
        if (made == 1) return user
        throw Problem(if (find("username_key = ?", fold(username)) != null) "username_taken" else "email_taken")
    }

    suspend fun byId(id: String): User? = find("id = ?", id)

    /** The user if the password is right; unknown names take as long. A user name has no `@`, so it is never somebody's address. */
    suspend fun authenticate(name: String, password: String): User? {
        val user = find("? IN (username_key, email_key)", fold(name))
        val right = isRight(password, user?.passwordHash ?: NOBODYS)
        return user.takeIf { right }
    }

    suspend fun isRight(password: String, hash: String): Boolean = withContext(Dispatchers.Default) {
        Password.check(password.toByteArray(), hash.toByteArray()).with(ARGON2)
    }

    /** Ends all sessions; gives the generation that new ones have. */
    suspend fun newGeneration(id: String): Int {
        change("UPDATE users SET generation = generation + 1 WHERE id = ?", id)
        return checkNotNull(byId(id)).generation
    }

    suspend fun changePassword(id: String, password: String) {
        change("UPDATE users SET password_hash = ? WHERE id = ?", hash(password), id)
    }

    /** From now on nobody signs in; [remove] finishes. */
    suspend fun close(id: String) {
        change("UPDATE users SET closed = 1 WHERE id = ?", id)
    }

    suspend fun remove(id: String) {
        change("DELETE FROM users WHERE id = ? AND closed = 1", id)
    }

    /** Ids of accounts whose deletion was begun and not finished. */
    suspend fun closed(): List<String> = query("SELECT id FROM users WHERE closed = 1") { it.getString(1) }

    override fun close() = synchronized(connection) { connection.close() }

    private suspend fun find(condition: String, value: String): User? =
        query("SELECT id, username, email, password_hash, generation FROM users WHERE closed = 0 AND $condition", value) {
            User(it.getString(1), it.getString(2), it.getString(3), it.getString(4), it.getInt(5))
        }.singleOrNull()

    private suspend fun <T> query(sql: String, vararg values: String, read: (ResultSet) -> T): List<T> = withContext(Dispatchers.IO) {
        synchronized(connection) {
            connection.prepareStatement(sql).use { statement ->
                values.forEachIndexed { index, value -> statement.setString(index + 1, value) }
                statement.executeQuery().use { row -> generateSequence { if (row.next()) read(row) else null }.toList() }
            }
        }
    }

    private suspend fun change(sql: String, vararg values: String): Int = withContext(Dispatchers.IO) {
        synchronized(connection) {
            connection.prepareStatement(sql).use { statement ->
                values.forEachIndexed { index, value -> statement.setString(index + 1, value) }
                statement.executeUpdate()
            }
        }
    }

    private suspend fun hash(password: String): String = withContext(Dispatchers.Default) {
        Password.hash(password.toByteArray()).addRandomSalt(SALT_BYTES).with(ARGON2).result
    }

    private companion object {
        const val SALT_BYTES = 16

        /** OWASP: argon2id, 19 MiB, two passes. */
        val ARGON2: Argon2Function = Argon2Function.getInstance(19_456, 2, 1, 32, Argon2.ID)
        val NOBODYS: String by lazy { Password.hash(UUID.randomUUID().toString()).addRandomSalt(SALT_BYTES).with(ARGON2).result }

        /** The form in which names and addresses are compared. */
        fun fold(name: String): String = Normalizer.normalize(name.trim(), Normalizer.Form.NFKC).uppercase().lowercase()
    }
}
