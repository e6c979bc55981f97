import java.io.ByteArrayOutputStream
import java.io.OutputStream
import java.io.PrintStream

/** Everything that the process prints, so that the suite can look for secrets in it. */
object Lines {
    private val kept = ByteArrayOutputStream()

    /** Before anything logs. */
    fun capture() {
        System.setOut(PrintStream(Tee(System.out), true, Charsets.UTF_8))
        System.setErr(PrintStream(Tee(System.err), true, Charsets.UTF_8))
    }

    fun all(): List<String> = synchronized(kept) { kept.toString(Charsets.UTF_8) }.lines().filter { it.isNotEmpty() }

    private class Tee(private val out: OutputStream) : OutputStream() {
        override fun write(byte: Int) = write(byteArrayOf(byte.toByte()), 0, 1)

        override fun write(bytes: ByteArray, offset: Int, length: Int) {
            synchronized(kept) { kept.write(bytes, offset, length) }
            out.write(bytes, offset, length)
        }

        override fun flush() = out.flush()
    }
}
