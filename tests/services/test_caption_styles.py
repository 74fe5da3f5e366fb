"""The artist's caption styles: kept, written by hand, and broken."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from video_queue.domain.errors import VqError
from video_queue.domain.media.captions import CaptionStyle
from video_queue.media.text.styles import named_styles
from video_queue.services.caption_styles import CaptionStyles
from video_queue.services.doctor.programs import caption_styles
from video_queue.services.roots import Roots
from video_queue.settings import load_settings


@pytest.fixture
def styles(tmp_path: Path) -> CaptionStyles:
    return CaptionStyles(tmp_path / "caption_styles")


def test_a_style_is_kept_replaced_and_taken_away(styles: CaptionStyles, tmp_path: Path) -> None:
    kept = styles.put("Größer", CaptionStyle(size=9))
    assert (kept.name, kept.own, kept.style) == ("Größer", True, CaptionStyle(size=9))
    path = tmp_path / "caption_styles" / "Größer.yaml"
    assert yaml.safe_load(path.read_text(encoding="utf-8")) == {"size": 9}
    styles.put("Größer", CaptionStyle())
    assert styles.get("Größer").style == CaptionStyle()
    assert styles.names() == ["plain", "boxed", "karaoke", "Größer"]
    styles.delete("Größer")
    with pytest.raises(VqError) as missing:
        styles.delete("Größer")
    assert missing.value.code == "not_found"


def test_a_file_of_json_stays_one(styles: CaptionStyles, tmp_path: Path) -> None:
    (folder := tmp_path / "caption_styles").mkdir()
    (folder / "mine.json").write_text('{"size": 4}')
    styles.put("mine", CaptionStyle(bold=True))
    assert [path.name for path in folder.iterdir()] == ["mine.json"]
    assert styles.get("mine").style == CaptionStyle(bold=True)


@pytest.mark.parametrize("font", ["../secret.ttf", "/etc/secret.ttf", "a/../../secret.ttf"])
def test_a_style_that_is_kept_over_rest_names_no_font_elsewhere(
    styles: CaptionStyles, tmp_path: Path, font: str
) -> None:
    (tmp_path / "caption_styles").mkdir()
    roots = Roots(load_settings(tmp_path / "home", {"roots": [str(tmp_path / "caption_styles")]}, {}))
    with pytest.raises(VqError) as refused:
        styles.put("mine", CaptionStyle(font=font), roots.guard)
    assert refused.value.code == "path_not_allowed"
    assert styles.names() == ["plain", "boxed", "karaoke"]


@pytest.mark.parametrize("name", ["plain", "karaoke", "", "a/b", "..", ".hidden", "con", "x" * 101, "a\nb"])
def test_a_name_that_is_no_file_name_or_ours_is_refused(
    styles: CaptionStyles, name: str, tmp_path: Path
) -> None:
    with pytest.raises(VqError) as refused:
        styles.put(name, CaptionStyle())
    assert refused.value.code == "validation"
    assert not (tmp_path / "caption_styles").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "keys and values"),
        ("- a\n- b\n", "keys and values"),
        ("size: big", "size"),
        ("size: .nan", "size"),
        ("sise: 5", "sise"),
        ("colour: red", "colour"),
        ("size: 5\nbold: [1", "line 2"),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "a: "),
        ("[" * 5000, "depth"),
        ("!!python/object/apply:os.system [ls]", "python"),
        ("x: " + "y" * 70_000, "too large"),
    ],
)
def test_a_broken_file_is_shown_with_its_reason(tmp_path: Path, text: str, said: str) -> None:
    settings = load_settings(tmp_path, {}, {})
    (folder := settings.caption_styles_dir).mkdir()
    (folder / "mine.yaml").write_text(text)
    (style,) = (style for style in named_styles(folder) if style.own)
    assert style.style is None
    assert said in (style.problem or "")
    (check,) = caption_styles(settings)
    assert (check.state, "mine.yaml" in check.message) == ("warn", True)


def test_bytes_that_are_no_text_and_a_folder_are_no_style(tmp_path: Path) -> None:
    (tmp_path / "junk.yaml").write_bytes(bytes(range(128, 256)))
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "plain.yaml").write_text("size: 5")
    problems = {style.name: style.problem for style in named_styles(tmp_path) if style.own}
    assert set(problems) == {"junk", "folder", "plain"}
    assert all(problems.values())
