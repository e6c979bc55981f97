# Stamps: a step is done when the hash of what it reads is the one kept from the last time.
# Source this from the root of the repository.

hash_of() { # FILES... -> hash of their names and contents
    sha256sum -- "$@" | sha256sum | cut -d ' ' -f 1
}

fresh() { # NAME HASH
    [ "$(cat ".cache/stamps/$1" 2>/dev/null)" = "$2" ]
}

stamp() { # NAME HASH
    mkdir -p .cache/stamps
    echo "$2" >".cache/stamps/$1"
}

npm_ci() { # FOLDER: installs what its lock file says; the stamp lies in node_modules and goes with it
    local now kept="$1/node_modules/.twinlock-stamp"
    if [ ! -f "$1/package-lock.json" ]; then
        echo "$1/package-lock.json is missing" >&2
        return 1
    fi
    now=$(hash_of "$1/package.json" "$1/package-lock.json")
    if [ "$(cat "$kept" 2>/dev/null)" != "$now" ]; then
        (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
        echo "$now" >"$kept"
    fi
}
