package io.github.twinlock

import com.sun.jna.Native
import com.sun.jna.Pointer
import io.github.twinlock.ffi.Call
import io.github.twinlock.ffi.Engine
import io.github.twinlock.ffi.FfiConverterOptionalTypeStoredRecord
import io.github.twinlock.ffi.FfiConverterString
import io.github.twinlock.ffi.FfiConverterTypeCall
import io.github.twinlock.ffi.FfiConverterTypeRefusal
import io.github.twinlock.ffi.FfiConverterTypeStep
import io.github.twinlock.ffi.Step
import io.github.twinlock.ffi.findLibraryName
import java.nio.ByteBuffer
import java.util.concurrent.ArrayBlockingQueue
import io.github.twinlock.ffi.StoredRecord as NativeRecord

/**
 * The two crossings of an operation, narrowed to numbers: `bindings-uniffi/src/narrow.rs` says why. What is asked and what is
 * answered stand in a room outside the heap, in the bytes of the generated converters.
 */
internal class Crossing(private val engine: Engine) {
    private val number = guarded { engine.number().toLong() }

    /** The user whose record [decide] needs; a refusal is thrown. */
    fun open(call: Call): String = crossed(
        FfiConverterTypeCall.allocationSize(call).toInt(),
        { FfiConverterTypeCall.write(call, it) },
        { room, asked -> NarrowLibrary.twinlock_open(number, room.address, room.capacity, asked) },
    ) { answer ->
        if (answer.get() != REFUSED) FfiConverterString.read(answer) else throw FfiConverterTypeRefusal.read(answer).exception()
    }

    /** The decision on what was loaded; [now] in Unix seconds. */
    fun decide(call: Call, row: NativeRecord?, now: Double): Step = crossed(
        FfiConverterTypeCall.allocationSize(call).toInt() + FfiConverterOptionalTypeStoredRecord.allocationSize(row).toInt(),
        {
            FfiConverterTypeCall.write(call, it)
            FfiConverterOptionalTypeStoredRecord.write(row, it)
        },
        { room, asked -> NarrowLibrary.twinlock_decide(number, room.address, room.capacity, asked, now) },
    ) { answer -> FfiConverterTypeStep.read(answer) }

    private inline fun <T> crossed(
        size: Int,
        question: (ByteBuffer) -> Unit,
        cross: (Room, asked: Int) -> Int,
        read: (ByteBuffer) -> T,
    ): T {
        var least = size
        while (true) {
            val room = Room.of(least)
            try {
                room.bytes.clear()
                question(room.bytes)
                val length = cross(room, room.bytes.position())
                when {
                    length >= 0 -> return read(room.bytes.apply { clear().limit(length) })

                    length == CLOSED -> throw ConfigurationException("it is closed")

                    length == UNREADABLE -> throw InternalErrorException("the engine did not understand what it was asked")

                    // Nothing has happened yet: the engine decides again, with room for its answer.
                    else -> least = -length
                }
            } finally {
                room.leave()
            }
        }
    }

    private companion object {
        const val REFUSED: Byte = 1
        const val CLOSED = -1
        const val UNREADABLE = -2
    }
}

/** Bytes outside the heap, which the garbage collector neither moves nor copies: what stood in them can be wiped. */
internal class Room private constructor(val capacity: Int) {
    val bytes: ByteBuffer = ByteBuffer.allocateDirect(capacity)
    val address: Long = Pointer.nativeValue(Native.getDirectBufferPointer(bytes))

    /** Wipes the answer (the engine has wiped the question), and keeps the room for the next operation. */
    fun leave() {
        bytes.position(0)
        while (bytes.remaining() >= Long.SIZE_BYTES) bytes.putLong(0)
        while (bytes.hasRemaining()) bytes.put(0)
        if (capacity == USUAL) idle.offer(this)
    }

    companion object {
        private const val USUAL = 8192
        private const val KEPT = 64
        private val idle = ArrayBlockingQueue<Room>(KEPT)

        fun of(least: Int): Room = if (least > USUAL) Room(least) else idle.poll() ?: Room(USUAL)
    }
}

@Suppress("FunctionName") // the names of the native functions
internal object NarrowLibrary {
    init {
        Native.register(NarrowLibrary::class.java, findLibraryName("twinlock_uniffi"))
    }

    external fun twinlock_open(engine: Long, address: Long, capacity: Int, asked: Int): Int

    external fun twinlock_decide(engine: Long, address: Long, capacity: Int, asked: Int, now: Double): Int
}
