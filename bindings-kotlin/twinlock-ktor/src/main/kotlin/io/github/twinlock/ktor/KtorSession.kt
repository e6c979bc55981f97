package io.github.twinlock.ktor

import io.github.twinlock.http.Session
import io.ktor.server.application.ApplicationCall
import io.ktor.server.sessions.clear
import io.ktor.server.sessions.get
import io.ktor.server.sessions.sessionId
import io.ktor.server.sessions.sessions
import io.ktor.server.sessions.set
import io.ktor.util.AttributeKey
import kotlinx.serialization.KSerializer
import kotlinx.serialization.Serializable
import kotlinx.serialization.builtins.MapSerializer
import kotlinx.serialization.builtins.serializer
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlin.reflect.KClass

/**
 * An application's own session, with a place for the second factor in it.
 *
 * ```kotlin
 * @Serializable
 * data class UserSession(val userId: String? = null, override val twoFactor: TwoFactorState = TwoFactorState()) :
 *     TwoFactorSession<UserSession> {
 *     override fun with(twoFactor: TwoFactorState) = copy(twoFactor = twoFactor)
 * }
 * ```
 *
 * @property twoFactor left alone by the application
 */
public interface TwoFactorSession<S : TwoFactorSession<S>> {
    public val twoFactor: TwoFactorState

    /** The same session with another state. */
    public fun with(twoFactor: TwoFactorState): S
}

/** What Twinlock keeps in a session. Printed it shows nothing: there are tokens in it. */
@Serializable(with = TwoFactorStateSerializer::class)
public class TwoFactorState internal constructor(internal val values: Map<String, String>) {
    /** Nothing. */
    public constructor() : this(emptyMap())

    override fun equals(other: Any?): Boolean = other is TwoFactorState && values == other.values

    override fun hashCode(): Int = values.hashCode()

    override fun toString(): String = "TwoFactorState"
}

/** A map of texts. */
public object TwoFactorStateSerializer : KSerializer<TwoFactorState> {
    private val texts = MapSerializer(String.serializer(), String.serializer())
    override val descriptor: SerialDescriptor = texts.descriptor

    override fun serialize(encoder: Encoder, value: TwoFactorState) {
        texts.serialize(encoder, value.values)
    }

    override fun deserialize(decoder: Decoder): TwoFactorState = TwoFactorState(texts.deserialize(decoder))
}

/** The application's session as the contract sees it. Ktor stores it before the answer leaves. */
@PublishedApi
internal class KtorSession<S : TwoFactorSession<S>>(
    private val call: ApplicationCall,
    private val kind: KClass<S>,
    private val blank: () -> S,
) : Session {
    override suspend fun get(name: String): String? = current()?.twoFactor?.values?.get(name)

    override suspend fun set(name: String, value: String?) {
        val session = current() ?: if (value == null) return else blank()
        val values = session.twoFactor.values
        call.sessions.set(session.with(TwoFactorState(if (value == null) values - name else values + (name to value))), kind)
    }

    /** Ktor has no word for it: the id is forgotten, so that storing the session makes a new one. */
    override suspend fun rotate() {
        val old = id() ?: return
        val session = current()
        call.sessions.clear(kind, old)
        @Suppress("UNCHECKED_CAST")
        for (key in call.attributes.allKeys.filter { it.name == "SessionId" } as List<AttributeKey<Any>>) {
            if (call.attributes.getOrNull(key) == old) call.attributes.remove(key)
        }
        // Rather no sign-in than one under an id that somebody else may know.
        check(id() == null) { "the session could not be given a new id" }
        if (session != null) call.sessions.set(session, kind)
    }

    private fun current(): S? {
        id()
        return call.sessions.get(kind)
    }

    /** Fails where the session is not kept on the server: the client would hold the proof, and could put an old one back. */
    private fun id(): String? = call.sessionId(kind)
}
