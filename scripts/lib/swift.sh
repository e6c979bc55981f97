# What every command of the Swift package needs. Source this from the root of the repository.

SWIFT_NATIVE=$PWD/target/uniffi/lib
# shellcheck disable=SC2034
SWIFT_FLAGS=(
    -Xswiftc -warnings-as-errors
    -Xlinker "-L$SWIFT_NATIVE" -Xlinker -rpath -Xlinker "$SWIFT_NATIVE"
)
