"""What browsers are told and what they may do: headers, cookies, origins, CORS, pages."""

import dataclasses

import pytest
from app.application import create_app
from app.settings import Settings
from fastapi.testclient import TestClient
from people import ORIGIN, PASSWORD, TWO_FACTOR, Browser, Person

from twinlock.testing import FakePhone

PAGES = ["/", "/register", "/login", "/account", "/admin"]
FRONTEND = "http://127.0.0.1:3000"


@pytest.mark.parametrize("path", [*PAGES, "/static/app.css", "/api/user/me", "/nowhere", f"{TWO_FACTOR}/status"])
def test_every_answer_has_the_strict_policy(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"].split("; ")
    assert {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
    } <= set(policy)
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_no_inline_script_or_style(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "<style" not in page.text and " style=" not in page.text and " onclick" not in page.text
    assert "<script>" not in page.text


def test_docs_load_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200 and "://" not in page.text
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    for path in ("/docs/ui/swagger-ui-bundle.js", "/docs/ui/swagger-ui.css", "/static/docs.js"):
        assert client.get(path).status_code == 200
    paths = client.get("/openapi.json").json()["paths"]
    assert {
        "/api/auth/login",
        f"{TWO_FACTOR}/verify",
        "/api/user/account",
        "/api/admin/figures",
    } <= set(paths)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("GET", "/api/auth/login", 405, "method_not_allowed")],
)
def test_what_the_framework_refuses_has_the_same_shape(client: TestClient, method, path, status, code) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_elements_are_served(client: TestClient) -> None:
    assert client.get(f"{TWO_FACTOR}/web/twinlock.js").status_code == 200
    assert client.get(f"{TWO_FACTOR}/web/twinlock.css").status_code == 200


def test_a_page_gets_cookies_and_never_sees_a_token(ada: Person, browser: Browser) -> None:
    answer = browser.sign_in("ada")
    assert answer.status_code == 200
    assert "access_token" not in answer.json() and "refresh_token" not in answer.json()
    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert browser.call("GET", "/api/user/me").json()["username"] == "ada"


def test_a_page_goes_all_the_way_on_cookies(ada: Person, browser: Browser, clock) -> None:
    browser.sign_in("ada")
    setup = browser.call("POST", f"{TWO_FACTOR}/setup", {"password": PASSWORD}).json()
    phone = FakePhone(setup["otpauth_uri"], clock)
    confirmed = browser.call("POST", f"{TWO_FACTOR}/setup/confirm", {"setup": setup["setup"], "code": phone.code()})
    assert set(confirmed.json()) == {"authenticator_id", "backup_codes", "expires_in"}
    assert browser.call("GET", "/api/user/me").json()["amr"] == ["pwd", "otp"]

    assert browser.call("POST", "/api/auth/logout").status_code == 204
    assert not {"access", "refresh"} & set(browser.client.cookies)
    clock.advance(30)
    challenge = browser.sign_in("ada").json()["challenge"]
    body = {"challenge": challenge, "code": phone.code(), "trust_device": True}
    verified = browser.call("POST", f"{TWO_FACTOR}/verify", body).json()
    assert verified["method"] == "totp"
    assert not {"access_token", "refresh_token", "assurance", "device"} & set(verified)

    clock.advance(16 * 60)
    assert browser.call("GET", "/api/user/me").status_code == 401
    assert browser.call("POST", "/api/auth/refresh").status_code == 200
    assert browser.call("GET", f"{TWO_FACTOR}/status").json()["devices"][0]["trusted"] is True

    browser.call("POST", "/api/auth/logout")
    assert browser.sign_in("ada").json()["method"] == "device", "the browser stays known and trusted"


def test_a_used_refresh_cookie_is_cleared(ada: Person, browser: Browser) -> None:
    browser.sign_in("ada")
    stolen = browser.client.cookies["refresh"]
    browser.call("POST", "/api/auth/refresh")
    browser.client.cookies.set("refresh", stolen, domain="127.0.0.1", path="/")
    answer = browser.call("POST", "/api/auth/refresh")
    assert answer.status_code == 401
    assert any(
        cookie.startswith("refresh=") and "Max-Age=0" in cookie for cookie in answer.headers.get_list("set-cookie")
    )


FOREIGN = [
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/auth/login"),
        ("POST", "/api/auth/logout"),
        ("POST", "/api/auth/refresh"),
        ("POST", "/api/auth/register"),
        ("POST", "/api/user/password"),
        ("DELETE", "/api/user/account"),
        ("POST", f"{TWO_FACTOR}/setup"),
        ("POST", f"{TWO_FACTOR}/disable"),
        ("POST", "/api/admin/2fa/users/x/reset"),
    ],
)
def test_another_site_cannot_use_the_cookies(ada: Person, browser: Browser, method, path, headers) -> None:
    browser.sign_in("ada")
    body = {
        "username": "mallory",
        "email": "mallory@example.com",
        "password": PASSWORD,
        "new_password": PASSWORD,
        "reason": "because",
    }
    refused = browser.client.request(method, path, json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
    assert browser.call("GET", "/api/user/me").status_code == 200


def test_cookies_without_any_word_of_origin_do_nothing(ada: Person, browser: Browser, app) -> None:
    browser.sign_in("ada")
    with TestClient(app, base_url=ORIGIN, cookies=dict(browser.client.cookies)) as bare:
        assert bare.post("/api/auth/logout").json()["code"] == "origin_refused"


def test_the_separate_front_end_may_call_with_bearer_tokens(ada: Person, client: TestClient) -> None:
    asked = client.options(
        "/api/user/me",
        headers={
            "Origin": FRONTEND,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        },
    )
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == FRONTEND
    assert "authorization" in asked.headers["Access-Control-Allow-Headers"].lower()
    headers = {"Origin": FRONTEND, "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/api/auth/login", json={"username": "ada", "password": PASSWORD}, headers=headers)
    assert "access_token" in answer.json()
    assert answer.headers["Access-Control-Allow-Origin"] == FRONTEND
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_other_sites_get_no_cors(client: TestClient) -> None:
    asked = client.options(
        "/api/user/me",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"},
    )
    assert "Access-Control-Allow-Origin" not in asked.headers
    read = client.get("/", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in read.headers


def test_over_https_cookies_belong_to_the_host_alone(settings: Settings, clock) -> None:
    origin = "https://app.example.com"
    secure = create_app(dataclasses.replace(settings, frontend_url=origin), clock)
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    with TestClient(secure, base_url=origin, headers=headers) as client:
        body = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
        client.post("/api/auth/register", json=body)
        answer = client.post("/api/auth/login", json=body)
        cookies = answer.headers.get_list("set-cookie")
        assert len(cookies) == 2
        for cookie in cookies:
            assert cookie.startswith("__Host-") and "Secure" in cookie and "Domain" not in cookie
        assert client.get("/api/user/me").status_code == 200
        assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_the_pretend_phone_exists_in_development_only(settings: Settings, clock) -> None:
    with TestClient(create_app(settings, clock), base_url=ORIGIN) as without:
        assert "phone.js" not in without.get("/").text
        assert without.get("/dev/phone.js").status_code == 404
    with_phone = dataclasses.replace(settings, dev_phone=True)
    with TestClient(create_app(with_phone, clock), base_url=ORIGIN) as client:
        assert "/dev/phone.js" in client.get("/login").text
        assert client.get("/dev/phone.js").status_code == 200
