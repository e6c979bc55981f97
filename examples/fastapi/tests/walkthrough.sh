#!/usr/bin/env bash
# A client that shares no code with Twinlock: curl speaks, zbarimg reads the QR picture, oathtool is the phone.
#   tests/walkthrough.sh [http://127.0.0.1:8000]
# Needs a running application (make demo) and: curl, zbar-tools, oathtool, python3 (to pick fields out of JSON).
set -euo pipefail

address=${1:-http://127.0.0.1:8000}
auth=$address/api/auth
two_factor=$auth/2fa
name=walker-$(date +%s)-$$
password='a walk in the park'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
access=''

# call STATUS METHOD URL [JSON]: prints the answer; fails unless it has that status. Secrets go by files, not by arguments.
call() {
    printf '%s' "${4:-}" >"$work/body"
    printf 'Authorization: Bearer %s\n' "$access" >"$work/headers"
    local status
    status=$(curl --silent --show-error --max-time 20 --output "$work/answer" --write-out '%{http_code}' \
        --request "$2" --header 'Content-Type: application/json' ${access:+--header "@$work/headers"} \
        ${4:+--data "@$work/body"} "$3")
    if [ "$status" != "$1" ]; then
        echo "$2 $3 gave $status, not $1:" >&2
        cat "$work/answer" >&2
        exit 1
    fi
    cat "$work/answer"
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
challenge() { access='' && login | field challenge; }
verify() { call "$1" POST "$two_factor/verify" "{\"challenge\": \"$2\", \"code\": \"$3\"}"; }

call 201 POST "$auth/register" \
    "{\"username\": \"$name\", \"email\": \"$name@example.com\", \"password\": \"$password\"}" >/dev/null
access=$(login | field access_token)
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
access=$(verify 200 "$(challenge)" "$(cat "$work/code")" | field access_token)
call 200 GET "$address/api/user/me" >/dev/null
say "signed in with a code"

waiting=$(challenge)
[ "$(verify 401 "$waiting" "$(cat "$work/code")" | field code)" = invalid_code ]
say "the same code once more: refused"

access=$(verify 200 "$waiting" "$backup_code" | field access_token)
say "signed in with a backup code"

call 200 POST "$two_factor/backup-codes" '{}' >"$work/regenerated"
fresh_code=$(field backup_codes <"$work/regenerated" | sed -n 1p)
old_code=$(field backup_codes <"$work/enrolled" | sed -n 2p)
signed_in=$access
[ "$(verify 401 "$(challenge)" "$old_code" | field code)" = invalid_code ]
access=$signed_in
say "made new backup codes: the old ones are refused"

call 204 POST "$auth/logout"
call 401 GET "$address/api/user/me" >/dev/null
say "logged out: the access token is refused"

code
access=$(verify 200 "$(challenge)" "$(cat "$work/code")" | field access_token)
access='' access=$(verify 200 "$(challenge)" "$fresh_code" | field access_token)
say "signed in again, with a code and with a new backup code"

call 204 POST "$two_factor/disable" "{\"password\": \"$password\"}"
access=''
access=$(login | field access_token)
call 200 GET "$address/api/user/me" >/dev/null
say "switched off: the password alone signs in"
echo "all done"
