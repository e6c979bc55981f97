package io.github.twinlock.testing

import io.github.twinlock.Clock
import io.github.twinlock.EventListener
import io.github.twinlock.KeyRing
import io.github.twinlock.MemoryStorage
import io.github.twinlock.Method
import io.github.twinlock.MoreCodesRequiredException
import io.github.twinlock.Policy
import io.github.twinlock.Status
import io.github.twinlock.StepStatus
import io.github.twinlock.TwoFactorException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import java.security.MessageDigest

/** What a face is made of. */
class Parts(
    val storage: MemoryStorage,
    val keys: KeyRing,
    val policy: Policy,
    val clock: Clock,
    val namespace: String,
    val onEvent: EventListener,
)

/** Walks one story of tests/scenarios; its README is the vocabulary. */
class Walker(private val story: Map<String, Any?>, private val make: (Parts) -> Face) {
    private val clock = VirtualClock(story["clock"] as Long)
    private val memory = MemoryStorage()
    private val told = ArrayList<Pair<String, Boolean>>()
    private val kept = HashMap<String, Any?>()
    private val phones = story["phones"].orNone().mapValues { FakePhone(it.value as String, clock) }.toMutableMap()
    private val deployed: HashMap<String, Any> = hashMapOf(
        "keys" to listOf("2026a"), "namespace" to "",
        "policy" to story["policy"].orNone(),
    )
    private var face = deploy()

    fun walk() {
        known(story, "name", "why", "source", "clock", "policy", "phones", "steps")
        (story["steps"] as List<*>).forEachIndexed { number, given ->
            val step = given.asObject()
            known(step, "call", "args", "wait", "times", "scan", "save", "expect", "writes", "events", "notices", "note")
            repeat((step["times"] as Long? ?: 1).toInt()) { time ->
                try {
                    take(step)
                } catch (error: AssertionError) {
                    throw AssertionError("step $number (${step["call"]}), time $time: ${error.message}", error)
                }
            }
        }
    }

    private fun deploy(): Face {
        val ids = (deployed["keys"] as List<*>).map { it as String }
        val keys = KeyRing.of(*ids.map { it to key(it) }.toTypedArray())
        val listener = EventListener { event, durable -> told += event.type to durable }
        return make(Parts(memory, keys, policy(deployed["policy"].orNone()), clock, deployed["namespace"] as String, listener))
    }

    private fun take(step: Map<String, Any?>) {
        clock.advance(step["wait"] as Long? ?: 0)
        val call = step["call"] as String
        val args = step["args"].orNone()
        if (call == "restart") {
            known(args, *deployed.keys.toTypedArray())
            args.forEach { (name, value) -> deployed[name] = value!! }
            face = deploy()
            return
        }
        val given = args.mapValues { (name, value) -> argument(name, value) }
        val user = given["user_id"] as String? ?: "42"
        val before = memory.load(user)?.version
        told.clear()
        val result = outcome(call, user, Arguments(if (call == "verify") given else given - "user_id"))
        compare(step, result, memory.load(user)?.version != before)
        (step["scan"] as String?)?.let { phones[it] = FakePhone(result["uri"] as String, clock) }
        step["save"].orNone().forEach { (field, name) -> kept[name as String] = reach(result, field) }
    }

    private fun outcome(call: String, user: String, given: Arguments): Map<String, Any?> = try {
        fields(call, face.call(call, user, given))
    } catch (error: TwoFactorException) {
        val count = (error as? MoreCodesRequiredException)?.count?.toLong()
        mapOf("error" to error.code, "retry_after" to error.retryAfter, "count" to count)
    }

    private fun compare(step: Map<String, Any?>, result: Map<String, Any?>, written: Boolean) {
        val expected = step["expect"].orNone()
        if ("error" !in expected) assertTrue("error" !in result, result.toString())
        match(expected, result, "result")
        step["writes"]?.let { assertEquals(it, written, "written") }
        step["events"]?.let { assertEquals(it, told.filter { (_, stored) -> stored }.map { it.first }) }
        step["notices"]?.let { assertEquals(it, told.filterNot { (_, stored) -> stored }.map { it.first }) }
    }

    private fun match(expected: Any?, found: Any?, where: String) {
        when {
            expected is List<*> -> {
                assertEquals(expected.size, (found as List<*>).size, where)
                expected.forEachIndexed { index, each -> match(each, found[index], "$where[$index]") }
            }

            expected is Map<*, *> -> {
                expected.forEach { (field, value) ->
                    match(value, reach(found, field as String), "$where, $field")
                }
            }

            found is List<*> && expected is Long -> {
                assertEquals(expected.toInt(), found.size, where)
            }

            expected == "*" -> {
                assertNotNull(found, where)
            }

            expected is String && expected.startsWith("$") -> {
                assertEquals(keeping(expected), found, where)
            }

            else -> {
                assertEquals(expected, found, where)
            }
        }
    }

    private fun argument(name: String, value: Any?): Any? = when {
        value is String && value.startsWith("$") -> keeping(value)
        name == "code" -> code(value)
        name == "next_codes" -> (value as List<*>).map(::code)
        else -> value
    }

    private fun keeping(reference: String): Any? {
        assertTrue(reference.drop(1) in kept, "nothing is kept as $reference")
        return kept[reference.drop(1)]
    }

    private fun code(value: Any?): Any? {
        if (value is String && value.startsWith("$")) return keeping(value)
        if (value !is Map<*, *>) return value
        return when (value.keys) {
            setOf("phone", "step") -> phones.getValue(value["phone"] as String).codeAfter((value["step"] as Long).toInt())
            setOf("backup", "index") -> (keeping("$" + value["backup"]) as List<*>)[(value["index"] as Long).toInt()]
            setOf("wrong") -> wrong((value["wrong"] as Long).toInt())
            else -> throw AssertionError("unknown source of a code: $value")
        }
    }

    private fun wrong(digits: Int): String {
        val near = phones.values.flatMapTo(HashSet()) { phone -> (-40..40).map(phone::codeAfter) }
        return generateSequence(0) { it + 1 }.map { it.toString().padStart(digits, '0') }.first { it !in near }
    }

    private companion object {
        /** Calls that give a bare value, and the name it has in the stories. */
        val BARE = mapOf(
            "check_assurance" to "verified_at",
            "regenerate_backup_codes" to "backup_codes",
            "import_authenticator" to "authenticator_id",
            "reseal" to "resealed",
        )

        fun Any?.orNone(): Map<String, Any?> = this?.asObject() ?: emptyMap()

        fun known(found: Map<String, Any?>, vararg names: String) =
            assertTrue(found.keys.all { it in names }, "unknown keys: ${found.keys - names.toSet()}")

        fun key(id: String): ByteArray =
            MessageDigest.getInstance("SHA-256").digest("twinlock scenario key $id".toByteArray())

        fun policy(settings: Map<String, Any?>): Policy {
            val builder = Policy.builder()
            for ((name, value) in settings) {
                val setter = Policy.Builder::class.java.methods.single { it.name == camel(name) && it.parameterCount == 1 }
                setter.invoke(builder, setting(value, setter.parameterTypes.single()))
            }
            return builder.build()
        }

        fun setting(value: Any?, type: Class<*>): Any? = when {
            value is List<*> -> value.map { (it as Long).toInt() }
            value is Number && type == Double::class.javaPrimitiveType -> value.toDouble()
            value is Long -> value.toInt()
            else -> value
        }

        /** The result by the names of the stories. */
        fun fields(call: String, outcome: Any?): Map<String, Any?> = when {
            call in BARE -> mapOf(BARE.getValue(call) to written(outcome))

            outcome == null || outcome == Unit -> emptyMap()

            outcome is Status -> Shared.objectOf(outcome.body())

            else -> outcome.javaClass.methods.filter { it.name.startsWith("get") && it.parameterCount == 0 }.associate {
                snake(it.name.removePrefix("get")) to written(it.invoke(outcome))
            }
        }

        fun snake(name: String) = name.replace(Regex("(?<!^)[A-Z]")) { "_" + it.value }.lowercase()

        fun written(value: Any?): Any? = when (value) {
            is Method -> value.text
            is StepStatus -> value.text
            is List<*> -> value.map(::written)
            is Int -> value.toLong()
            else -> value
        }

        fun reach(result: Any?, path: String): Any? = path.split('.').fold(result) { found, part ->
            if (found is List<*>) found[part.toInt()] else (found as Map<*, *>?)?.get(part)
        }
    }
}
