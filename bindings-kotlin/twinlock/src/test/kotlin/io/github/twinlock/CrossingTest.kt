package io.github.twinlock

import io.github.twinlock.ffi.Call
import io.github.twinlock.ffi.Engine
import io.github.twinlock.ffi.Outcome
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

/** The narrow crossings do what those of UniFFI do, and refuse what nobody would ask. */
class CrossingTest {
    private val engine = Engine("Acme", KeyRing.generate().ring, Policy.DEFAULT.settings, "")
    private val crossing = Crossing(engine)

    @Test
    fun `both ways give the same`() {
        val call = Call.Status("42", null, null)
        assertEquals(engine.open(call), crossing.open(call))
        assertEquals(engine.decide(call, null, 1e9), crossing.decide(call, null, 1e9))
        val broken = engine.decide(call, null, Double.NaN)
        assertTrue(broken.outcome is Outcome.Refused)
        assertEquals(broken, crossing.decide(call, null, Double.NaN))
    }

    @Test
    fun `a refusal is thrown`() {
        assertThrows<ChallengeExpiredException> { crossing.open(Call.Verify("token", "123456", emptyList(), false, null, null)) }
        assertThrows<MalformedRequestException> { crossing.open(Call.Erase("")) }
    }

    @Test
    fun `what is longer than any room is still asked`() {
        val long = "x".repeat(100_000)
        assertThrows<ChallengeExpiredException> { crossing.open(Call.Verify(long, "123456", emptyList(), false, null, null)) }
        assertThrows<MalformedRequestException> { crossing.open(Call.Erase(long)) }
    }

    @Test
    fun `an engine that is none, and bytes that are no call, are refused`() {
        val room = Room.of(16)
        val number = engine.number().toLong()
        for (none in listOf(0L, -1L, Long.MAX_VALUE)) {
            assertEquals(-1, NarrowLibrary.twinlock_open(none, room.address, room.capacity, 0))
        }
        for (asked in listOf(0, 1, 16, -1, Int.MAX_VALUE, Int.MIN_VALUE)) {
            room.bytes.clear()
            repeat(16) { room.bytes.put(-1) }
            assertEquals(-2, NarrowLibrary.twinlock_open(number, room.address, room.capacity, asked))
            assertEquals(-2, NarrowLibrary.twinlock_decide(number, room.address, room.capacity, asked, 1e9))
        }
        assertEquals(-2, NarrowLibrary.twinlock_open(number, 0, 8192, 4))
        assertEquals(-2, NarrowLibrary.twinlock_open(number, room.address, -1, 4))
    }

    @Test
    fun `an answer that does not fit says how long it is, and wipes what was asked`() {
        val room = Room.of(16)
        val call = Call.Status("42", null, null)

        fun ask(capacity: Int): Int {
            room.bytes.clear()
            io.github.twinlock.ffi.FfiConverterTypeCall.write(call, room.bytes)
            room.bytes.put(0)
            return NarrowLibrary.twinlock_decide(engine.number().toLong(), room.address, capacity, room.bytes.position(), 1e9)
        }
        val length = ask(room.capacity)
        assertTrue(length > 100)
        assertEquals(-length, ask(64))
        for (index in 0 until 64) assertEquals(0, room.bytes.get(index))
        assertEquals(length, ask(length))
    }

    @Test
    fun `rooms are wiped when they are left`() {
        val room = Room.of(16)
        room.bytes.clear()
        while (room.bytes.hasRemaining()) room.bytes.put(7)
        room.bytes.position(0).limit(room.capacity)
        room.leave()
        for (index in 0 until room.capacity) assertEquals(0, room.bytes.get(index))
    }

    @Test
    fun `a closed engine refuses`() {
        engine.close()
        assertThrows<ConfigurationException> { crossing.open(Call.Erase("42")) }
    }
}
