# What every command of the Swift package needs. Source this from the root of the repository.

# A copy: whoever builds the library anew removes the old one first, also while tests run.
SWIFT_NATIVE=$PWD/bindings-swift/.native
# shellcheck disable=SC2034
SWIFT_FLAGS=(
    -Xswiftc -warnings-as-errors
    -Xlinker "-L$SWIFT_NATIVE" -Xlinker -rpath -Xlinker "$SWIFT_NATIVE"
)
