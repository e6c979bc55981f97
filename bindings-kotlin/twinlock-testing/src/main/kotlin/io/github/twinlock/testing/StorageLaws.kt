package io.github.twinlock.testing

import io.github.twinlock.StoredRecord
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope

/** The laws about records. */
internal object StorageLaws {
    private const val CONNECTIONS = 8
    private const val ROUNDS = 20
    private const val BIG = (1L shl 53) - 3
    private val ODD_USERS = listOf(
        "ada", "Ada", "ADA", "ada ", " ada", "adä", "ada\u0308", "ad", "%", "_", "a'b", "a\"b", "a\\b", "a:b", "a{b}", "a/b",
        "42", "042", "4.2e1", "ß", "ss", "\uD83D\uDD11", "null", "x".repeat(255), "x".repeat(254),
    )

    suspend fun createsOnce(connect: Connect) {
        val storage = connect()
        val id = user("create")
        val first = record(7, "first")
        must(storage.load(id) == null, "a user nobody saved must load as null")
        must(!storage.save(id, 7, first), "a save that expects a version must not create")
        must(storage.load(id) == null, "a save that expects a version must write nothing where nothing is")
        storage.creates(id, first)
        must(!storage.save(id, null, record(8)), "a save that expects none must not replace")
        must(storage.load(id) == first, "the refused save must change nothing")
    }

    suspend fun refusesStaleSaves(connect: Connect) {
        val storage = connect()
        val id = user("stale")
        storage.creates(id, record(BIG, "1"))
        must(storage.save(id, BIG, record(BIG + 1, "2")), "a save of the loaded version must win, also next to 2^53")
        must(!storage.save(id, BIG, record(BIG + 2, "3")), "a stale save must lose")
        must(!storage.save(id, BIG + 2, record(BIG + 2, "4")), "a save of a version that is not there must lose")
        must(storage.load(id) == record(BIG + 1, "2"), "a stale save must write nothing")
    }

    suspend fun oneOfParallelSavesWins(connect: Connect) {
        val id = user("race")
        val connections = List(CONNECTIONS) { connect() }
        for (round in 0L until ROUNDS) {
            val won = coroutineScope {
                connections.mapIndexed { number, storage ->
                    async(Dispatchers.IO) { storage.save(id, round.takeIf { it > 0 }, record(round + 1, "of $number")) }
                }.awaitAll()
            }
            val winners = won.count { it }
            must(winners == 1, "of $CONNECTIONS parallel saves of one version exactly one must win, not $winners")
            val left = connections[round.toInt() % CONNECTIONS].load(id)
            must(left == record(round + 1, "of ${won.indexOf(true)}"), "what is stored must be the winner's")
        }
    }

    suspend fun anotherConnectionSeesIt(connect: Connect) {
        val (writer, reader) = listOf(connect(), connect())
        val id = user("seen")
        writer.creates(id, record(1, "first"))
        must(reader.load(id) == record(1, "first"), "another connection must load what was saved")
        must(writer.save(id, 1, record(2, "second")), "a save of the loaded version must win")
        must(reader.load(id) == record(2, "second"), "another connection must load the newest, from the primary")
        must(reader.save(id, 2, record(3, "third")), "another connection must be able to save")
        must(writer.load(id) == record(3, "third"), "nothing may be cached")
    }

    suspend fun bytesAndTypesComeBack(connect: Connect) {
        val (writer, reader) = listOf(connect(), connect())
        val kinds = mapOf(
            "no bytes" to ByteArray(0),
            "a zero byte" to ByteArray(1),
            "quotes and line ends" to "\u0000\r\n'\";--\\ $1 ? %s".toByteArray(),
            "bytes that are no text" to byteArrayOf(-1, -2, -128, -61, 40, 0),
            "every byte" to ByteArray(256) { it.toByte() },
        )
        for ((name, data) in kinds) {
            val id = user("bytes")
            val made = StoredRecord(BIG + 2, enabled = data.size > 1, keyId = "k-1.b", data = data)
            writer.creates(id, made)
            must(reader.load(id) == made, "$name must come back in the same record")
        }
    }

    suspend fun largeRecordsComeBack(connect: Connect) {
        val (writer, reader) = listOf(connect(), connect())
        val id = user("large")
        val made = StoredRecord(1, true, "2026a", ByteArray(65_536) { (it * 31).toByte() })
        writer.creates(id, made)
        must(reader.load(id) == made, "64 KiB must come back")
    }

    suspend fun oddUserIdsStayApart(connect: Connect) {
        val storage = connect()
        ODD_USERS.forEach { storage.erase(it) }
        ODD_USERS.forEachIndexed { index, id ->
            must(storage.load(id) == null, "user id '$id' was taken for another")
            val saved = storage.save(id, null, record(index + 1L, id), listOf(exampleEvent(userId = id)))
            must(saved, "user ids are compared byte by byte: '$id' was taken for another")
        }
        ODD_USERS.forEachIndexed { index, id ->
            must(storage.load(id) == record(index + 1L, id), "user id '$id' loads another's record")
        }
        storage.erase("%")
        must(storage.load("ada") != null, "erasing the user '%' must not erase others")
    }

    suspend fun erases(connect: Connect) {
        val storage = connect()
        val (id, other) = listOf(user("erase"), user("erase-not"))
        storage.erase(id) // nothing there is fine
        storage.creates(other, record(1), listOf(exampleEvent(userId = other)))
        storage.creates(id, record(9), listOf(exampleEvent(userId = id)))
        storage.erase(id)
        must(storage.load(id) == null, "an erased user must load as null")
        storage.reports?.run {
            must(events(id, null, 10).isEmpty(), "an erased user has no events")
            must(events(other, null, 10).size == 1, "erasing must leave others' events")
        }
        must(storage.load(other) == record(1), "erasing must leave others' records")
        must(!storage.save(id, 9, record(10)), "a save after erase must not revive the record")
        must(storage.load(id) == null, "a save after erase must write nothing")
        storage.creates(id, record(11))
    }

    suspend fun outlivesTheCallersRollback(connect: Connect, subject: StorageSubject) {
        val rollback = subject.rollback ?: return
        val (storage, reader) = listOf(connect(), connect())
        val id = user("rollback")
        storage.creates(id, record(1))
        rollback {
            val saved = storage.save(id, 1, record(2), listOf(exampleEvent(userId = id)))
            must(saved, "a save beside a transaction must win")
        }
        must(reader.load(id) == record(2), "a save must outlive the rollback of the caller's transaction")
        val events = reader.reports?.events(id, null, 10) ?: return
        must(events.size == 1, "and its events, too")
    }
}
