"""The key of the pseudonyms: where it comes from, what is refused, and that no message repeats it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from retention.model.dataset import Dataset
from retention.model.errors import RetentionError
from retention.runtime.keys import FILE_VARIABLE, KEY_VARIABLE, load_key, new_key, parse_key

# The secret 00 01 .. 1f; the id and the subkey that follow from it are published: they never change.
PUBLISHED = "retention-key-1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f:"


@dataclass(frozen=True)
class _Resolver:
    text: str | None = None

    def url(self, dataset: Dataset) -> str:
        raise AssertionError("nobody asks for an address here")

    def pseudonym_key(self) -> str | None:
        return self.text


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "pseudonym.key"
    path.touch(mode=0o600)
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    return path


def test_two_new_keys_differ_and_are_read_back() -> None:
    one, two = (parse_key(new_key(), "here") for _ in range(2))
    assert one.id != two.id
    assert one.subkey("pseudonym") != two.subkey("pseudonym")


def test_id_and_subkeys_are_the_published_ones() -> None:
    key = parse_key(f"{PUBLISHED}66fa4d44", "here")
    assert key.id == "e153dad840f3407c"
    assert key.subkey("pseudonym").hex() == "aa377a33a00df513a6e8f60fef1ac8adbdcf1f8f66000876f453fc5eb5c2e495"
    assert len(key.subkey("other")) == 32
    assert key.subkey("other") != key.subkey("pseudonym")


def test_a_key_does_not_show_itself() -> None:
    text = new_key()
    secret = text.split(":")[1]
    key = parse_key(text, "here")
    assert secret not in repr(key)
    assert secret not in key.id and key.id not in secret
    assert repr(key.secret) not in repr(key)


def test_without_any_there_is_none() -> None:
    assert load_key(_Resolver()) is None


def test_the_resolver_comes_first_then_the_variable_then_the_file(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [new_key() for _ in range(3)]
    ids = [parse_key(text, "here").id for text in texts]

    def loaded(resolver: _Resolver) -> str:
        key = load_key(resolver)
        assert key is not None
        return key.id

    key_file.write_text(f"{texts[0]}\n", encoding="ascii")
    assert loaded(_Resolver()) == ids[0]
    monkeypatch.setenv(KEY_VARIABLE, f"  {texts[1]}\n")
    assert loaded(_Resolver()) == ids[1]
    assert loaded(_Resolver(texts[2])) == ids[2]


def _changed(text: str, position: int) -> str:
    other = "1" if text[position] != "1" else "2"
    return text[:position] + other + text[position + 1 :]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda text: "correct horse battery staple", "does not begin with"),
        (lambda text: text.replace("-1:", "-2:"), "does not begin with"),
        (lambda text: text[:-1], "not as long"),
        (lambda text: text + "0", "not as long"),
        (lambda text: text.replace(":", "", 1), "does not begin with"),
        (lambda text: _changed(text, 30), "checksum"),
        (lambda text: _changed(text, len(text) - 1), "checksum"),
        (lambda text: text[:20] + "g" + text[21:], "checksum"),
        (lambda text: text[:20] + "é" + text[21:], "checksum"),
    ],
)
def test_a_spoilt_key_is_refused_and_not_repeated(spoil: object, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(spoil)
    spoilt = spoil(new_key())
    monkeypatch.setenv(KEY_VARIABLE, spoilt)
    with pytest.raises(RetentionError) as caught:
        load_key(_Resolver())
    message = str(caught.value)
    assert message.startswith(f"R341 ${KEY_VARIABLE}: the text is no key: ")
    assert why in message
    assert spoilt not in message and spoilt[16:40] not in message
    assert caught.value.__cause__ is None


def test_upper_case_is_the_same_key() -> None:
    text = new_key()
    prefix, rest = text.split(":", 1)
    assert parse_key(f"{prefix}:{rest.upper()}", "here").id == parse_key(text, "here").id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_file_that_others_can_open_is_refused(key_file: Path, mode: int) -> None:
    key_file.write_text(new_key(), encoding="ascii")
    key_file.chmod(mode)
    with pytest.raises(RetentionError, match=rf"R342 {key_file}: .*\n.*chmod 600"):
        load_key(_Resolver())


@pytest.mark.parametrize("spoil", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_refused(key_file: Path, spoil: str) -> None:
    key_file.unlink()
    if spoil == "folder":
        key_file.mkdir()
    with pytest.raises(RetentionError, match=rf"R342 {key_file}: the key file cannot be read"):
        load_key(_Resolver())


def test_a_file_of_something_else_is_no_key(key_file: Path) -> None:
    key_file.write_bytes(bytes(range(256)))
    with pytest.raises(RetentionError, match=r"R341 \$RETENTION_PSEUDONYM_KEY_FILE"):
        load_key(_Resolver())
