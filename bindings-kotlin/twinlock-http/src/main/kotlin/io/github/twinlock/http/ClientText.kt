package io.github.twinlock.http

/** Who calls, for events and device lists: a short description of browser and address. */
internal object ClientText {
    private const val LIMIT = 256

    // The first that occurs wins: every browser names its forebears as well.
    private val BROWSERS = listOf(
        "Edg/" to "Edge",
        "EdgA/" to "Edge",
        "OPR/" to "Opera",
        "SamsungBrowser/" to "Samsung Internet",
        "Firefox/" to "Firefox",
        "FxiOS/" to "Firefox",
        "CriOS/" to "Chrome",
        "Chrome/" to "Chrome",
        "Safari/" to "Safari",
    )
    private val SYSTEMS = listOf(
        "iPhone" to "iPhone",
        "iPad" to "iPad",
        "Android" to "Android",
        "CrOS" to "ChromeOS",
        "Windows" to "Windows",
        "Macintosh" to "macOS",
        "Linux" to "Linux",
    )

    // How a socket that takes both kinds writes an IPv4 address.
    private val MAPPED = Regex("^::ffff:(?=\\d+\\.)")
    private val UNPRINTABLE = Regex("[\\p{C}\\p{Z}]")

    /** For example `Firefox on Linux (203.0.113.7)`: the browser first, because device labels show the beginning only. */
    fun context(agent: String, address: String?): String {
        val where = if (address.isNullOrEmpty()) "" else " (${printable(address.replace(MAPPED, ""))})"
        val room = LIMIT - where.encodeToByteArray().size
        return truncated(truncated(describe(agent), room) + where, LIMIT)
    }

    /** Browser and system of a `User-Agent`; the text itself when it is none we know. */
    fun describe(agent: String): String {
        val browser = BROWSERS.firstOrNull { (mark) -> mark in agent }?.second
        val system = SYSTEMS.firstOrNull { (mark) -> mark in agent }?.second
        if (browser != null && system != null) return "$browser on $system"
        return printable(agent).ifEmpty { "unknown client" }
    }

    private fun printable(text: String): String = text.replace(UNPRINTABLE, " ").trim()
}

/** The beginning of a text, at most so many bytes of UTF-8, cut at a character. */
internal fun truncated(text: String, bytes: Int): String {
    var size = 0
    var end = 0
    while (end < text.length) {
        val point = text.codePointAt(end)
        size += if (point < 0x80) {
            1
        } else if (point < 0x800) {
            2
        } else if (point < 0x10000) {
            3
        } else {
            4
        }
        if (size > bytes) break
        end += Character.charCount(point)
    }
    return text.substring(0, end)
}
