// The AAR: the engine, compiled from its sources so that no library for desktops comes along, and what needs Android's own
// classes. Run scripts/build-aar: it builds the native libraries and the client's jar first. Not run where this was written.

plugins {
    id("com.android.library") version "8.13.0"
    id("org.jetbrains.kotlin.android") version "2.4.21"
    id("maven-publish")
}

group = "io.github.twinlock"
version = "0.1.0"

val repository = layout.projectDirectory.dir("../..")
val modules = layout.projectDirectory.dir("..")

android {
    namespace = "io.github.twinlock.android"
    compileSdk = 36
    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
        testInstrumentationRunner = "androidx.test.runner.AndroidJUnitRunner"
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    sourceSets.named("main") {
        kotlin.srcDir(modules.dir("twinlock/src/main/kotlin"))
        kotlin.srcDir(repository.dir("target/kotlin/sources"))
        jniLibs.srcDir(repository.dir("target/android/jniLibs"))
    }
    publishing.singleVariant("release") { withSourcesJar() }
}

kotlin {
    explicitApi()
    compilerOptions.jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_1_8
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    // Pure Kotlin, the same jar as on a JVM; brings kotlinx-serialization-json.
    api("io.github.twinlock:twinlock-client:$version")
    // With libjnidispatch.so for phones; the jar of the same name has those of desktops.
    api("net.java.dev.jna:jna:5.19.1@aar")
    androidTestImplementation("androidx.test:runner:1.7.0")
    androidTestImplementation("androidx.test.ext:junit:1.3.0")
}

publishing.publications.register<MavenPublication>("release") {
    artifactId = "twinlock-android"
    afterEvaluate { from(components["release"]) }
}
