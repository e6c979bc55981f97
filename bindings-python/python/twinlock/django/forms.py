"""The forms of the pages. What a code may look like is the engine's matter: these only carry it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _code(label: Any, **attributes: str) -> forms.CharField:
    shown = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false", **attributes}
    return forms.CharField(label=label, max_length=64, strip=False, widget=forms.TextInput(attrs=shown))


class _Form(forms.Form):
    """Labels without a colon, the code first."""

    field_order = ("code", "second", "third", "name", "trust_device")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **{"label_suffix": "", **named})


class CodeForm(_Form):
    """One code, of the app or a backup code."""

    code = _code(_("Code"), autofocus="")

    def members(self) -> dict[str, Any]:
        """What the contract's call takes."""
        return {"code": self.cleaned_data["code"], "trust_device": bool(self.cleaned_data.get("trust_device"))}


class ThreeCodesForm(CodeForm):
    """Three codes in a row of one app: taken even while single codes are not."""

    code = _code(_("Code shown now"), autofocus="", inputmode="numeric")
    second = _code(_("Next code"), inputmode="numeric")
    third = _code(_("The one after"), inputmode="numeric")

    def members(self) -> dict[str, Any]:
        """What the contract's call takes."""
        return {**super().members(), "next_codes": [self.cleaned_data["second"], self.cleaned_data["third"]]}


class _Trust(_Form):
    trust_device = forms.BooleanField(
        label=_("Trust this browser"),
        help_text=_("Skips the code here for a while. Only tick this on a device of your own."),
        required=False,
    )


class SignInForm(CodeForm, _Trust):
    """The second step of a sign-in."""


class SignInThreeForm(ThreeCodesForm, _Trust):
    """The second step of a sign-in after many wrong codes."""


class NameForm(_Form):
    """What an authenticator is called."""

    name = forms.CharField(label=_("Name of this authenticator"), max_length=64, required=False)


class ConfirmForm(CodeForm, NameForm):
    """The first code of a new authenticator."""

    def members(self) -> dict[str, Any]:
        """What the contract's call takes."""
        return _named(super().members(), self.cleaned_data)


class ConfirmThreeForm(ThreeCodesForm, NameForm):
    """The first three codes of an authenticator whose clock is off."""

    def members(self) -> dict[str, Any]:
        """What the contract's call takes."""
        return _named(super().members(), self.cleaned_data)


def _named(members: dict[str, Any], cleaned: dict[str, Any]) -> dict[str, Any]:
    return {**members, "name": cleaned["name"]} if cleaned.get("name") else members
