package io.github.twinlock

import com.sun.jna.Platform

/** The native library, which JNA finds in the jar or, on Android, among the app's own. */
internal object Library {
    private const val NAME = "twinlock_uniffi"

    /** Why it cannot be loaded here. */
    fun problem(): String {
        val resource = "${Platform.RESOURCE_PREFIX}/${System.mapLibraryName(NAME)}"
        val here = "${Platform.RESOURCE_PREFIX} (${System.getProperty("os.name")}, ${System.getProperty("os.arch")})"
        return if (Library::class.java.classLoader?.getResource(resource) == null) {
            "this build of Twinlock has no native library for $here: build it there with scripts/build-kotlin, " +
                "or set the system property jna.library.path to the folder of ${System.mapLibraryName(NAME)}"
        } else {
            "the native library of Twinlock for $here cannot be loaded: the folder of temporary files must allow programs, or set " +
                "the system property jna.tmpdir to one that does"
        }
    }
}
