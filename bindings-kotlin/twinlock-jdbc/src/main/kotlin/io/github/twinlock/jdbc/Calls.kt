package io.github.twinlock.jdbc

import java.sql.Connection
import java.sql.SQLException
import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.Callable
import java.util.concurrent.ExecutionException
import java.util.concurrent.FutureTask
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger
import javax.sql.DataSource

/** More than these need not wait: each would time out behind the others. */
private const val MOST_WAITING = 1_000

/** Threads end when nobody has called for so long. */
private const val IDLE_SECONDS = 30L

/**
 * Makes calls on threads of its own, each with an end.
 *
 * A pool that is empty, a server that is frozen and a network that has gone say nothing, so the caller waits for an answer and not
 * for the database. And what is bound to the caller's thread, its transaction above all, does not exist here.
 */
internal class Calls(private val dataSource: DataSource, threads: Int, private val timeoutMillis: Long) : AutoCloseable {
    private val made = AtomicInteger()
    private val pool = ThreadPoolExecutor(
        threads,
        threads,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        ArrayBlockingQueue(MOST_WAITING),
        { work: Runnable -> Thread(work, "twinlock-jdbc-${made.incrementAndGet()}").apply { isDaemon = true } },
    ).apply { allowCoreThreadTimeOut(true) }

    /**
     * Does that work on a connection that is nobody else's meanwhile.
     *
     * @throws TimeoutException when the time is over: whether a write happened is then unknown
     */
    fun <T> run(work: (Connection) -> T): T {
        val call = Call(dataSource, work)
        val task = FutureTask(call)
        try {
            pool.execute(task)
        } catch (_: RejectedExecutionException) {
            throw TimeoutException()
        }
        try {
            return answer(task)
        } catch (error: TimeoutException) {
            pool.remove(task)
            call.abandon()
            throw error
        } catch (error: ExecutionException) {
            throw error.cause ?: error
        }
    }

    override fun close() {
        pool.shutdown()
    }

    /** An interrupted caller waits like any other: what it began is brought to its end, or to the time-out. */
    private fun <T> answer(task: FutureTask<T>): T {
        val end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis)
        var interrupted = false
        try {
            while (true) {
                try {
                    return task.get(end - System.nanoTime(), TimeUnit.NANOSECONDS)
                } catch (_: InterruptedException) {
                    interrupted = true
                }
            }
        } finally {
            if (interrupted) Thread.currentThread().interrupt()
        }
    }
}

/** One call; whoever waits for it may give it up at any moment. */
private class Call<T>(private val dataSource: DataSource, private val work: (Connection) -> T) : Callable<T> {
    private val lock = Any()
    private var abandoned = false
    private var waiting: Thread? = null
    private var connection: Connection? = null
    private var cutting: Thread? = null

    override fun call(): T {
        val connection = checkOut()
        try {
            return work(connection)
        } finally {
            giveBack(connection)
        }
    }

    /** What was not sent yet stays unsent; what is under way loses its connection. */
    fun abandon() {
        synchronized(lock) {
            abandoned = true
            waiting?.interrupt()
            // Apart: a driver may speak to the server to cut a connection.
            cutting = connection?.let { busy ->
                Thread({ busy.cut() }, "twinlock-jdbc-cut").apply {
                    isDaemon = true
                    start()
                }
            }
        }
    }

    private fun checkOut(): Connection {
        synchronized(lock) {
            if (abandoned) throw SQLException("nobody waits for this call any more")
            waiting = Thread.currentThread()
        }
        var got: Connection? = null
        try {
            got = dataSource.connection
        } finally {
            synchronized(lock) {
                waiting = null
                if (abandoned) Thread.interrupted() else connection = got
            }
        }
        if (synchronized(lock) { abandoned }) {
            got?.close()
            throw SQLException("nobody waits for this call any more")
        }
        return checkNotNull(got) { "the DataSource gave no connection" }
    }

    private fun giveBack(connection: Connection) {
        val cutting = synchronized(lock) {
            this.connection = null
            cutting
        }
        // Not before it is cut: else whoever borrows it next would lose it.
        cutting?.join()
        try {
            connection.close()
        } catch (_: SQLException) {
            // It is gone; the pool notices.
        }
    }
}

/** Ends the connection itself, whatever it is doing. */
internal fun Connection.cut() {
    try {
        abort(Runnable::run)
    } catch (_: SQLException) {
        // It is gone already.
    }
}
