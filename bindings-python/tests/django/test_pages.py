"""The pages without JavaScript: signing in, setting up, changing things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from pages import CLOCK, PASSWORD, Browser, Phone, enrolled

from twinlock.django import conf

pytestmark = [pytest.mark.django_db, pytest.mark.urls("pages_urls")]


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[None]:
    settings.TWINLOCK = {**settings.TWINLOCK, "CLOCK": CLOCK}
    settings.LOGIN_URL = "/login/"
    yield
    CLOCK.advance(300)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", "ada@example.com", PASSWORD)


def at(response: Any) -> str:
    assert response.status_code == 302, response.content
    return str(response["Location"])


def signed_in(browser: Browser, phone: Phone) -> Any:
    browser.sign_in("ada")
    answer = browser.form("/2fa/verify/", code=phone.fresh())
    assert answer.status_code == 302
    return answer


def test_without_a_second_factor_the_password_signs_in(ada: User) -> None:
    browser = Browser()
    assert at(browser.sign_in("ada", next="/home/?x=1")) == "/home/?x=1"
    assert browser.get("/home/").content == b"home of ada"


def test_the_password_alone_signs_nobody_in(ada: User) -> None:
    enrolled(ada)
    browser = Browser()
    where = urlsplit(at(browser.sign_in("ada", next="/home/?x=1")))
    assert (where.path, parse_qs(where.query)) == ("/2fa/verify/", {"next": ["/home/?x=1"]})
    assert "_auth_user_id" not in browser.session
    assert urlsplit(at(browser.get("/2fa/"))).path == "/login/"


def test_the_code_completes_the_sign_in_and_goes_where_the_visitor_wanted(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.get("/login/")
    session = browser.session
    session["cart"] = ["book"]
    session.save()
    browser.cookies["sessionid"] = session.session_key
    where = at(browser.sign_in("ada", next="/home/?x=1", remember="on"))
    pending = browser.session.session_key
    assert at(browser.form(where, code=phone.fresh())) == "/home/?x=1"
    after = browser.session
    assert after["cart"] == ["book"]
    assert after.get_expiry_age() == 1_000_000
    assert after.session_key not in (None, pending)
    assert "twinlock_challenge" not in after and "twinlock_pending" not in after
    assert browser.get("/home/").content == b"home of ada"
    assert browser.get("/guarded/").content == b"guarded"


def test_a_planted_session_does_not_learn_that_the_password_was_given(ada: User) -> None:
    phone, _ = enrolled(ada)
    attacker, victim = Browser(), Browser()
    attacker.get("/login/")
    session = attacker.session
    session["cart"] = ["book"]
    session.save()
    attacker.cookies["sessionid"] = victim.cookies["sessionid"] = session.session_key
    where = at(victim.sign_in("ada"))
    assert victim.session["cart"] == ["book"] and victim.session["twinlock_pending"] == str(ada.pk)
    assert urlsplit(at(attacker.get(where))).path == "/login/"
    assert at(victim.form(where, code=phone.fresh())) == "/home/"
    assert attacker.get("/home/").content == b"home of "


def test_nobody_is_sent_to_another_site(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    where = at(browser.sign_in("ada", next="https://evil.example/"))
    assert "evil" not in where
    assert at(browser.form("/2fa/verify/?next=https://evil.example/", code=phone.fresh())) == "/home/"


def test_a_wrong_code_is_told_and_leaves_the_form(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada")
    answer = browser.form("/2fa/verify/", code=phone.wrong())
    assert answer.status_code == 401
    assert b'role="alert"' in answer.content
    assert phone.wrong() not in answer.content.decode()
    assert at(browser.submit(answer, "/2fa/verify/", code=phone.fresh())) == "/home/"


def test_a_backup_code_works_once(ada: User) -> None:
    _, codes = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada")
    assert at(browser.form("/2fa/verify/", code=codes[0].lower())) == "/home/"
    other = Browser()
    other.sign_in("ada")
    assert other.form("/2fa/verify/", code=codes[0]).status_code == 401


def test_who_used_a_backup_code_is_told_how_many_are_left(ada: User) -> None:
    _, codes = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada", next="/2fa/")
    browser.form("/2fa/verify/?next=/2fa/", code=codes[0])
    assert b"You have 9 backup codes left. Make new ones in good time." in browser.get("/2fa/").content
    assert b"Make new ones in good time." not in browser.get("/2fa/").content


def test_without_django_s_messages_nothing_is_lost_but_that(ada: User, settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "messages" not in name]
    _, codes = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada")
    assert at(browser.form("/2fa/verify/", code=codes[0])) == "/home/"


def test_many_wrong_codes_ask_for_three_and_the_owner_gets_in_with_them(ada: User) -> None:
    phone, _ = enrolled(ada)
    CLOCK.advance(60)
    browser = Browser()
    browser.sign_in("ada")
    for _ in range(4):
        answer = browser.form("/2fa/verify/", code=phone.wrong())
    assert answer.status_code in (401, 429)
    answer = browser.form("/2fa/verify/", code=phone.wrong())
    assert answer.status_code == 429 and answer["Retry-After"]
    assert b'name="second"' in answer.content
    three = {"code": phone.code(1), "second": phone.code(2), "third": phone.code(3)}
    CLOCK.advance(90)
    assert at(browser.submit(answer, "/2fa/verify/?three", **three)) == "/home/"


def test_a_code_without_a_password_signs_nobody_in(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    assert urlsplit(at(browser.get("/2fa/verify/"))).path == "/login/"
    browser.get("/login/")
    token = browser.cookies["csrftoken"].value
    answer = browser.post("/2fa/verify/", {"code": phone.fresh(), "csrfmiddlewaretoken": token})
    assert "_auth_user_id" not in browser.session
    assert answer.status_code in (302, 401)


def test_a_challenge_that_took_too_long_starts_again(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada")
    CLOCK.advance(301)
    answer = browser.form("/2fa/verify/", code=phone.fresh())
    assert answer.status_code == 410
    assert b"/login/" in answer.content


def test_an_account_that_was_closed_between_the_steps_stays_out(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada")
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert browser.form("/2fa/verify/", code=phone.fresh()).status_code == 410
    assert "_auth_user_id" not in browser.session


def test_a_trusted_browser_is_not_asked_again(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada")
    browser.form("/2fa/verify/", code=phone.fresh(), trust_device="on")
    browser.post("/logout/", {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value})
    assert at(browser.sign_in("ada")) == "/home/"
    assert browser.get("/guarded/").content == b"guarded"


def test_forms_without_the_csrf_token_are_refused(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada")
    assert browser.post("/2fa/verify/", {"code": phone.fresh()}).status_code == 403
    assert "_auth_user_id" not in browser.session


def test_forms_want_the_csrf_token_without_django_s_middleware_as_well(ada: User, settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.force_login(ada)
    assert browser.post("/2fa/verify/", {"code": phone.fresh()}).status_code == 403


def test_every_proof_gets_a_new_session_key(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    signed_in(browser, phone)
    before = browser.session.session_key
    browser.form("/2fa/verify/", code=phone.fresh())
    assert browser.session.session_key != before


def test_a_session_that_was_the_user_s_already_gets_a_new_key_too(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.force_login(ada)
    before = browser.session.session_key
    browser.sign_in("ada")
    browser.form("/2fa/verify/", code=phone.fresh())
    assert browser.get("/home/").content == b"home of ada"
    assert browser.session.session_key != before


def test_remember_me_survives_the_end_of_another_user_s_session(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.force_login(User.objects.create_user("bob"))
    browser.sign_in("ada", remember="on")
    browser.form("/2fa/verify/", code=phone.fresh())
    assert browser.get("/home/").content == b"home of ada"
    assert browser.session.get_expiry_age() == 1_000_000


def test_a_backend_that_is_gone_meanwhile_is_not_asked(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada")
    session = browser.session
    session["twinlock_backend"] = "gone.Backend"
    session.save()
    assert at(browser.form("/2fa/verify/", code=phone.fresh())) == "/home/"


def test_forms_from_another_site_are_refused(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    signed_in(browser, phone)
    page = browser.get("/2fa/")
    browser.defaults["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert browser.submit(page, "/2fa/", action="disable").status_code == 403
    assert conf.two_factor().status(str(ada.pk)).enabled


def test_setting_up_shows_the_secret_once_and_the_backup_codes_once(ada: User) -> None:
    browser = Browser()
    browser.sign_in("ada")
    intro = browser.get("/2fa/setup/")
    assert b"<svg" not in intro.content
    scan = browser.submit(intro, "/2fa/setup/")
    html = scan.content.decode()
    assert scan["Cache-Control"] == "no-store" and "<svg" in html
    uri = re.search(r'href="(otpauth://[^"]+)"', html)
    assert uri is not None
    phone = Phone(unescape(uri[1]))
    again = browser.submit(scan, "/2fa/setup/", code=phone.wrong(), name="Ada's phone")
    assert again.status_code == 400
    assert uri[1] in again.content.decode(), "a typo does not make the user scan anew"
    codes = browser.submit(again, "/2fa/setup/", code=phone.code(), name="Ada's phone")
    assert codes.status_code == 200
    shown = re.findall(r"<li><code>([^<]+)</code>", codes.content.decode())
    assert len(shown) == 10
    home = browser.submit(codes, "/2fa/", action="saved")
    assert at(home) == "/2fa/"
    page = browser.get("/2fa/").content.decode()
    assert "Ada&#x27;s phone" in page
    assert not [code for code in shown if code in page]
    assert conf.two_factor().status(str(ada.pk)).backup_codes.saved
    assert browser.get("/guarded/").content == b"guarded"


def test_a_further_authenticator_wants_a_fresh_proof_before_any_secret_leaves(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    signed_in(browser, phone)
    CLOCK.advance(301)
    answer = browser.submit(browser.get("/2fa/setup/"), "/2fa/setup/")
    assert urlsplit(at(answer)).path == "/2fa/verify/"
    browser.form("/2fa/verify/", code=phone.fresh())
    assert b"<svg" in browser.submit(browser.get("/2fa/setup/"), "/2fa/setup/").content


def test_changes_are_made_by_buttons_and_want_a_fresh_proof(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    signed_in(browser, phone)
    status = conf.two_factor().status(str(ada.pk))
    page = browser.get("/2fa/")
    assert at(browser.submit(page, "/2fa/", action="rename", id=status.authenticators[0].id, name="Work")) == "/2fa/"
    assert conf.two_factor().status(str(ada.pk)).authenticators[0].name == "Work"
    refused = browser.submit(page, "/2fa/", action="remove", id=status.authenticators[0].id)
    assert refused.status_code == 409
    new = browser.submit(page, "/2fa/", action="regenerate")
    assert len(re.findall(r"<li><code>", new.content.decode())) == 10
    CLOCK.advance(301)
    assert at(browser.submit(page, "/2fa/", action="disable")) == "/2fa/verify/?next=/2fa/"
    browser.form("/2fa/verify/", code=phone.fresh())
    assert at(browser.submit(page, "/2fa/", action="disable")) == "/2fa/"
    assert not conf.two_factor().status(str(ada.pk)).enabled


def test_browsers_are_forgotten(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    signed_in(browser, phone)
    page = browser.get("/2fa/")
    assert at(browser.submit(page, "/2fa/", action="revoke_all")) == "/2fa/"
    assert conf.two_factor().status(str(ada.pk)).devices == []


def test_what_happened_is_told_in_pages(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    signed_in(browser, phone)
    page = browser.get("/2fa/events/")
    assert b"verified" in page.content and b"enrolled" in page.content


@pytest.mark.parametrize("url", ["/2fa/", "/2fa/setup/", "/2fa/events/"])
def test_pages_are_closed_to_nobody_and_to_the_password_alone(ada: User, url: str) -> None:
    browser = Browser()
    assert at(browser.get(url)) == f"/login/?next={url}"
    enrolled(ada)
    browser.get("/login/")
    token = browser.cookies["csrftoken"].value
    browser.post("/elsewhere/", {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token})
    assert urlsplit(at(browser.get(url))).path == "/2fa/verify/"


def test_no_page_holds_a_script_or_a_style_of_its_own(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    signed_in(browser, phone)
    pages = [browser.get(url) for url in ("/2fa/", "/2fa/setup/", "/2fa/verify/", "/2fa/events/")]
    pages.append(browser.submit(pages[1], "/2fa/setup/"))
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200
        assert "<script" not in html and "style=" not in html and "<style" not in html
        policy = page["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy and "unsafe" not in policy


def test_a_storage_that_fails_lets_nobody_in(ada: User, settings: Any) -> None:
    phone, _ = enrolled(ada)
    browser = Browser()
    browser.sign_in("ada")

    class Broken:
        def load(self, _user_id: str) -> Any:
            raise OSError

        save = erase = load

    settings.TWINLOCK = {**settings.TWINLOCK, "STORAGE": Broken}
    assert browser.form("/2fa/verify/", code=phone.fresh()).status_code == 503
    assert Browser().sign_in("ada").status_code == 503
    assert "_auth_user_id" not in browser.session
