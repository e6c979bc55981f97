"""What must never reach a log."""

import logging

from people import TWO_FACTOR, Person


def test_the_whole_story_leaves_no_secret_in_any_log(client, clock, caplog, settings) -> None:
    caplog.set_level(logging.DEBUG)
    ada = Person(client, clock, "ada")
    ada.register()
    ada.sign_in()
    tokens = [ada.access, ada.refresh]
    setup = ada.call("POST", f"{TWO_FACTOR}/setup", {"password": ada.password}).json()
    ada.enrol()
    tokens += [ada.access, ada.device]
    codes = [ada.fresh_code()]
    challenge = ada.challenge()
    ada.verify(challenge, codes[0])
    ada.verify(ada.challenge(), codes[0])
    ada.verify(ada.challenge(), ada.backup_codes[0])
    tokens += [ada.access, ada.refresh, challenge]
    ada.password = "wrong wrong"
    ada.sign_in()

    assert "verified user=" in caplog.text and "failed user=" in caplog.text
    keys = [settings.twinlock_keys.split(":")[1], *settings.jwt_keys.values()]
    secrets = [setup["secret"], setup["setup"], *ada.backup_codes, *codes, *tokens, *keys]
    secrets += ["correct horse battery", "wrong wrong"]
    for secret in secrets:
        assert secret and secret not in caplog.text
    assert "$argon2" not in caplog.text and "ada@example.com" not in caplog.text
