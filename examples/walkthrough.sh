#!/usr/bin/env bash
# A client that shares no code with Twinlock: curl speaks, zbarimg reads the QR picture, oathtool is the phone.
#   examples/walkthrough.sh [http://127.0.0.1:8000 [bearer|session]]
# Needs a running application (make demo) and: curl, zbar-tools, oathtool, python3 (to pick fields out of JSON).
# How an application knows who is signed in: by tokens in its answers (bearer, what API clients use) or by a session cookie.
set -euo pipefail

address=${1:-http://127.0.0.1:8000}
manner=${2:-bearer}
auth=$address/api/auth
two_factor=$auth/2fa
name=walker-$(date +%s)-$$
password='a walk in the park'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/access" "$work/cookies"
mkdir "$work/kept" "$work/aside"

# call STATUS METHOD URL [JSON]: prints the answer; fails unless it has that status. Secrets go by files, not by arguments.
call() {
    printf '%s' "${4:-}" >"$work/body"
    credentials >"$work/headers"
    local status
    status=$(curl --silent --show-error --max-time 20 --output "$work/answer" --write-out '%{http_code}' \
        --cookie "$work/cookies" --cookie-jar "$work/cookies" --request "$2" --header 'Content-Type: application/json' \
        --header "@$work/headers" ${4:+--data "@$work/body"} "$3")
    if [ "$status" != "$1" ]; then
        echo "$2 $3 gave $status, not $1:" >&2
        cat "$work/answer" >&2
        exit 1
    fi
    cat "$work/answer"
}

# credentials: the headers that say who is calling, beside what curl keeps in its cookie jar.
credentials() {
    if [ -s "$work/access" ]; then printf 'Authorization: Bearer %s\n' "$(cat "$work/access")"; fi
    # A session comes with a cookie that only the application's own pages can read; they send it back as a header.
    awk '$6 ~ /csrf$/ { printf "X-CSRF-Token: %s\n", $7 }' "$work/cookies"
}

# keep: what a sign-in answered. leave: signed out on this side alone.
keep() { if [ "$manner" = bearer ]; then field access_token >"$work/access"; else cat >/dev/null; fi; }
leave() { : >"$work/access" && : >"$work/cookies"; }

# aside COMMAND...: as somebody else, who is not signed in; the session stays as it was.
aside() {
    cp "$work/access" "$work/cookies" "$work/aside"
    leave
    "$@"
    cp "$work/aside/access" "$work/aside/cookies" "$work"
}

# field NAME: picks one field out of the JSON on standard input.
field() {
    python3 -c 'import json, sys
value = json.load(sys.stdin)[sys.argv[1]]
print(*value, sep="\n") if isinstance(value, list) else print(value)' "$1"
}

# code: a code that the phone has not given yet. Each works once, and the server takes one step either way.
last=0
code() {
    local now phase step
    now=$(date +%s) phase=$(($(date +%s) % 30))
    step=$((now / 30 - (phase < 20 ? 1 : 0)))
    if [ "$step" -le "$last" ]; then step=$((last + 1)); fi
    while [ "$step" -gt $(($(date +%s) / 30 + 1)) ]; do sleep 1; done
    oathtool --totp --base32 --now "@$((step * 30))" - <<<"$secret" >"$work/code"
    last=$step
}

say() { printf '  %s\n' "$*"; }
login() { call 200 POST "$auth/login" "{\"username\": \"$name\", \"password\": \"$password\"}"; }
challenge() { leave && login | field challenge; }
verify() { call "$1" POST "$two_factor/verify" "{\"challenge\": \"$2\", \"code\": \"$3\"}"; }

call 201 POST "$auth/register" \
    "{\"username\": \"$name\", \"email\": \"$name@example.com\", \"password\": \"$password\"}" >/dev/null
login | keep
say "registered, and signed in by password alone"

call 201 POST "$two_factor/setup" "{\"password\": \"$password\"}" >"$work/setup"
field qr_png <"$work/setup" | sed 's/^data:image\/png;base64,//' | base64 --decode >"$work/qr.png"
uri=$(zbarimg --quiet --raw --nodbus -Sdisable -Sqrcode.enable "$work/qr.png")
secret=$(python3 -c 'import sys, urllib.parse as u
print(u.parse_qs(u.urlsplit(sys.stdin.read().strip()).query)["secret"][0])' <<<"$uri")
code
call 200 POST "$two_factor/setup/confirm" \
    "{\"setup\": \"$(field setup <"$work/setup")\", \"code\": \"$(cat "$work/code")\"}" >"$work/enrolled"
backup_code=$(field backup_codes <"$work/enrolled" | sed -n 1p)
say "enrolled by the QR picture alone, and got backup codes"

code
verify 200 "$(challenge)" "$(cat "$work/code")" | keep
call 200 GET "$address/api/user/me" >/dev/null
say "signed in with a code"

waiting=$(challenge)
[ "$(verify 401 "$waiting" "$(cat "$work/code")" | field code)" = invalid_code ]
say "the same code once more: refused"

verify 200 "$waiting" "$backup_code" | keep
say "signed in with a backup code"

call 200 POST "$two_factor/backup-codes" '{}' >"$work/regenerated"
fresh_code=$(field backup_codes <"$work/regenerated" | sed -n 1p)
old_code=$(field backup_codes <"$work/enrolled" | sed -n 2p)
old_is_refused() { [ "$(verify 401 "$(challenge)" "$old_code" | field code)" = invalid_code ]; }
aside old_is_refused
say "made new backup codes: the old ones are refused"

cp "$work/access" "$work/cookies" "$work/kept"
call 204 POST "$auth/logout"
cp "$work/kept/"* "$work"
call 401 GET "$address/api/user/me" >/dev/null
say "logged out: what was kept of the session is refused"

code
verify 200 "$(challenge)" "$(cat "$work/code")" | keep
verify 200 "$(challenge)" "$fresh_code" | keep
say "signed in again, with a code and with a new backup code"

call 204 POST "$two_factor/disable" "{\"password\": \"$password\"}"
leave
login | keep
call 200 GET "$address/api/user/me" >/dev/null
say "switched off: the password alone signs in"
echo "all done"
