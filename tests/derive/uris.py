"""otpauth:// URIs, read and written by the rules of core/src/otpauth.rs."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import codes
from refusal import Refused

Account = dict[str, Any]
KNOWN = ("secret", "issuer", "algorithm", "digits", "period")
NO_ALGORITHM = "the algorithm is none of SHA1, SHA256 and SHA512"
NO_DIGITS = "digits are not 6, 7 or 8"
NO_PERIOD = "the period is not within 1 to 300 seconds"


def refuse_control_characters(text: str) -> None:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise Refused("the URI has a control character")


def decode(text: str) -> str:
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise Refused("the URI has an invalid percent-encoding")
    try:
        decoded = unquote_to_bytes(text).decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Refused("the URI has an invalid percent-encoding") from None
    refuse_control_characters(decoded)
    return decoded


def account(issuer: str, account_name: str, secret: bytes, algorithm: str, digits: int, period: int) -> Account:
    issuer, account_name = issuer.strip(" "), account_name.strip(" ")
    if not account_name:
        raise Refused("the account name is missing")
    if len(account_name.encode()) > 128:
        raise Refused("the account name is longer than 128 bytes")
    if len(issuer.encode()) > 64:
        raise Refused("the issuer is longer than 64 bytes")
    refuse_control_characters(issuer + account_name)
    return {
        "issuer": issuer or None,
        "account_name": account_name,
        "secret": codes.base32(secret),
        "algorithm": algorithm,
        "digits": digits,
        "period": period,
    }


def parse(uri: str) -> Account:
    if len(uri.encode()) > 2048:
        raise Refused("the URI is too long")
    refuse_control_characters(uri)
    if not uri[:10].lower() == "otpauth://":
        raise Refused("this is not an otpauth URI")
    if "#" in uri:
        raise Refused("the URI has a fragment")
    path, _, query = uri[10:].partition("?")
    kind, _, label = path.partition("/")
    if kind.lower() == "hotp":
        raise Refused("counter-based codes (hotp) are not supported")
    if kind.lower() != "totp":
        raise Refused("the type of the URI is not totp")
    issuer, account_name = split(label)
    given = parameters(query)
    named = given.get("issuer", "").strip(" ")
    if issuer and named and issuer != named:
        raise Refused("the URI names two different issuers")
    if "secret" not in given:
        raise Refused("the secret is missing")
    return account(
        issuer or named,
        account_name,
        codes.secret(given["secret"]),
        algorithm(given.get("algorithm", "SHA1")),
        number(given.get("digits", "6"), range(6, 9), NO_DIGITS),
        number(given.get("period", "30"), range(1, 301), NO_PERIOD),
    )


def split(label: str) -> tuple[str, str]:
    """At the first bare colon, else at the first escaped one."""
    if ":" in label:
        issuer, _, account_name = label.partition(":")
        return decode(issuer).strip(" "), decode(account_name)
    issuer, colon, account_name = decode(label).partition(":")
    return (issuer.strip(" "), account_name) if colon else ("", issuer)


def parameters(query: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        name = decode(name).lower()
        if name in KNOWN:
            if name in given:
                raise Refused("the URI gives a parameter twice")
            given[name] = decode(value)
    return given


def algorithm(name: str) -> str:
    if not re.fullmatch("(?ai:sha-?(1|256|512))", name):
        raise Refused(NO_ALGORITHM)
    return name.upper().replace("-", "")


def number(text: str, allowed: range, reason: str) -> int:
    if not re.fullmatch("[0-9]+", text) or int(text) not in allowed:
        raise Refused(reason)
    return int(text)


def write(account: Account) -> str:
    issuer, name = account["issuer"] or "", account["account_name"]
    colon = ":" if issuer or ":" in name else ""
    label = quote(issuer, safe="-._~") + colon + quote(name, safe="-._~")
    named = f"&issuer={quote(issuer, safe='-._~')}" if issuer else ""
    return (
        f"otpauth://totp/{label}?secret={account['secret']}{named}"
        f"&algorithm={account['algorithm']}&digits={account['digits']}&period={account['period']}"
    )
