// What calls the native library is generated: scripts/build-swift puts TwinlockFFI.swift beside this file, without which the
// products that need no native library build all the same.
