pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        // Where `scripts/maven install` has put the client.
        mavenLocal { content { includeGroup("io.github.twinlock") } }
        google()
        mavenCentral()
    }
}

rootProject.name = "twinlock-android"
