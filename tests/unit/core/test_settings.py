"""Settings: one record, one file, and no way to lose what somebody has written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fracview.errors import InputError, SettingError
from fracview.settings import Settings, load_settings, save_settings, settings_file


def test_a_missing_file_means_defaults() -> None:
    assert load_settings() == (Settings(), "")


def test_what_is_saved_comes_back() -> None:
    settings = Settings(theme="dark", device="cpu", opacity=0.25, memory=256, follow=False)
    save_settings(settings)
    assert load_settings() == (settings, "")


@pytest.mark.parametrize(
    "change", [{"theme": "pink"}, {"opacity": 1.5}, {"films": 0}, {"memory": "much"}, {"follow": 1}]
)
def test_bad_values_are_refused(change: dict) -> None:
    with pytest.raises(SettingError):
        replace(Settings(), **change)


def test_one_bad_value_does_not_take_the_others_along() -> None:
    settings_file().write_text('theme = "dark"\nopacity = 7.0\nfrom_the_future = 1\n')
    settings, said = load_settings()
    assert settings == Settings(theme="dark")
    assert "opacity" in said.lower()


def test_a_damaged_file_is_moved_aside_and_kept() -> None:
    settings_file().write_text("theme = = =")
    settings, said = load_settings()
    assert settings == Settings()
    assert "damaged" in said
    assert settings_file().with_suffix(".damaged.toml").read_text() == "theme = = ="
    assert load_settings() == (Settings(), "")


def test_saving_where_nobody_can_write_is_one_sentence(tmp_path) -> None:
    with pytest.raises(InputError, match="could not be saved"):
        save_settings(Settings(), tmp_path / "gone" / "settings.toml")


def test_every_setting_has_a_label() -> None:
    from dataclasses import fields

    assert all(item.metadata.get("label") for item in fields(Settings))
