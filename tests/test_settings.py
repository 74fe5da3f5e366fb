"""Settings: which layer wins, where a value came from, and what is said about bad ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from video_queue.domain.errors import ProblemsError, VqError
from video_queue.settings import Settings, load_settings, resolve_home, write_setting
from video_queue.settings.help import HELP, shape_of
from video_queue.settings.models import known_keys


def load(home: Path, flags: Mapping[str, Any] | None = None, **environ: str) -> Settings:
    return load_settings(home, flags or {}, environ)


def write(home: Path, text: str) -> Path:
    path = home / "vq.toml"
    path.write_text(text)
    return path


def test_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.server.host, settings.server.port, settings.server.token) == ("127.0.0.1", 8765, None)
    assert settings.comfy.url is None
    assert (settings.limits.max_prompts, settings.limits.max_body) == (100_000, 16 * 2**20)
    assert (settings.retry.max_attempts, settings.min_free_gb, settings.on_start) == (3, 2.0, "resume")
    assert settings.output_root == tmp_path / "outputs"
    assert settings.work_root == tmp_path / "work"
    assert settings.media_jobs == (2 if (os.cpu_count() or 1) >= 8 else 1)
    assert settings.origins == {}


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    write(
        tmp_path, "min_free_gb = 5\n[server]\nport = 1000\nhost = '0.0.0.0'\n[comfy]\nurl = 'http://a:1/'\n"
    )
    settings = load(
        tmp_path,
        {"server.port": 3000, "server.host": None},
        VQ_SERVER__PORT="2000",
        VQ_COMFY__URL="http://b:2",
        VQ_HOME="/elsewhere",
    )
    assert (settings.server.port, settings.server.host) == (3000, "0.0.0.0")
    assert (settings.comfy.url, settings.min_free_gb) == ("http://b:2", 5.0)
    assert settings.origins == {
        "server.port": "flag",
        "comfy.url": "environment",
        "server.host": "file",
        "min_free_gb": "file",
    }


def test_nested_flags_are_the_same_as_dotted_ones(tmp_path: Path) -> None:
    assert load(tmp_path, {"server": {"port": 5}}).server.port == 5


@pytest.mark.parametrize(
    ("name", "value", "key", "expected"),
    [
        ("VQ_SERVER__ALLOWED_HOSTS", "a.lan, b.lan", "allowed_hosts", ["a.lan", "b.lan"]),
        ("VQ_SERVER__ALLOWED_HOSTS", '["a.lan"]', "allowed_hosts", ["a.lan"]),
        (
            "VQ_COMFY__COMMAND",
            "python 'my main.py' --listen",
            "command",
            ["python", "my main.py", "--listen"],
        ),
        ("VQ_NOTIFY__DESKTOP", "true", "desktop", True),
        ("VQ_TIMEOUTS__STALL", "90s", "stall", 90.0),
        ("VQ_SERVER__TOKEN", "", "token", None),
    ],
)
def test_environment_texts_become_values(
    tmp_path: Path, name: str, value: str, key: str, expected: object
) -> None:
    settings = load(tmp_path, **{name: value})
    section = name.removeprefix("VQ_").partition("__")[0].lower()
    assert getattr(getattr(settings, section), key) == expected


def test_a_command_is_a_list_in_json_or_words_as_a_shell_splits_them(tmp_path: Path) -> None:
    words = ["/my drive/python", "main.py"]
    assert load(tmp_path, VQ_COMFY__COMMAND='["/my drive/python", "main.py"]').comfy.command == words
    assert load(tmp_path, VQ_COMFY__COMMAND="'/my drive/python' main.py").comfy.command == words
    with pytest.raises(VqError):
        load(tmp_path, VQ_COMFY__COMMAND='["/my drive/python"')


def test_paths_count_from_the_home_in_the_file_and_from_here_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, "output_root = 'out'\nroots = ['clips', '~/x']\n[comfy]\ninput_dir = '../in'\n")
    settings = load(tmp_path, {"comfy.output_dir": "out"}, VQ_WORK_ROOT="w")
    assert settings.output_root == tmp_path / "out"
    assert settings.roots == [tmp_path / "clips", Path.home() / "x"]
    assert settings.allowed_roots == settings.roots
    assert settings.comfy.input_dir == tmp_path.parent / "in"
    assert settings.comfy.output_dir == Path.cwd() / "out"
    assert settings.work_root == Path.cwd() / "w"


def test_roots_from_the_environment(tmp_path: Path) -> None:
    settings = load(tmp_path, VQ_ROOTS=os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")]))
    assert settings.roots == [tmp_path / "a", tmp_path / "b"]


def test_default_roots_hold_home_outputs_and_drives(tmp_path: Path) -> None:
    roots = load(tmp_path).allowed_roots
    assert roots[:3] == [Path.home(), tmp_path, tmp_path / "outputs"]
    assert len(roots) > 3


def test_home_is_the_argument_then_the_variable_then_the_platforms(tmp_path: Path) -> None:
    environ = {"VQ_HOME": str(tmp_path / "b")}
    assert resolve_home(tmp_path / "a", environ) == (tmp_path / "a", True)
    assert resolve_home(None, environ) == (tmp_path / "b", True)
    assert resolve_home(Path("rel"), {}) == (Path.cwd() / "rel", True)
    assert resolve_home(None, {}) == (platformdirs.user_data_path("video_queue", appauthor=False), False)


def test_named_home_keeps_outputs_inside_and_the_platforms_does_not(tmp_path: Path) -> None:
    assert load_settings(None, {}, {"VQ_HOME": str(tmp_path)}).output_root == tmp_path / "outputs"
    default = load_settings(None, {"output_root": None}, {})
    assert default.output_root == platformdirs.user_videos_path() / "video_queue"


def test_paths_of_the_home(tmp_path: Path) -> None:
    settings = load(tmp_path / "new")
    settings.ensure_home()
    settings.ensure_home()
    assert settings.db_path == tmp_path / "new" / "vq.db"
    names = {entry.name for entry in settings.home.iterdir()}
    assert names == {"workflows", "logs", "cache", "backups", "work", "outputs"}
    assert {settings.server_json.name, settings.settings_path.name} == {"server.json", "vq.toml"}


def test_ensure_home_does_not_make_a_named_output_root(tmp_path: Path) -> None:
    settings = load(tmp_path, {"output_root": str(tmp_path / "drive" / "out")})
    settings.ensure_home()
    assert not (tmp_path / "drive").exists()


def test_ensure_home_says_when_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VqError) as caught:
        load(tmp_path / "file").ensure_home()
    assert caught.value.code == "validation"


@pytest.mark.parametrize("text", ["port = ", "[server\n", "a = 1\na = 2\n", "x = '\udcff'"])
def test_unreadable_file_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vq.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(VqError) as caught:
        load(tmp_path)
    assert caught.value.code == "validation"
    assert str(path) in caught.value.message


def test_all_bad_values_are_named_with_where_they_are(tmp_path: Path) -> None:
    path = write(tmp_path, "min_free_gb = -1\n\n[server]\n# the port\nport = 'x'\n[comfy]\nurl = 'nowhere'\n")
    with pytest.raises(ProblemsError) as caught:
        load(tmp_path, {"media_jobs": 0}, VQ_RETRY__MAX_ATTEMPTS="many")
    messages = {".".join(map(str, problem.loc)): problem.message for problem in caught.value.problems}
    assert set(messages) == {"min_free_gb", "server.port", "comfy.url", "media_jobs", "retry.max_attempts"}
    assert f"{path}, line 1" in messages["min_free_gb"]
    assert f"{path}, line 5" in messages["server.port"]
    assert "http://HOST:PORT" in messages["comfy.url"]
    assert "command line" in messages["media_jobs"]
    assert "VQ_RETRY__MAX_ATTEMPTS" in messages["retry.max_attempts"]
    assert all(problem.code == "validation" for problem in caught.value.problems)


def test_unknown_keys_are_named_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "[server]\nprot = 1\n")
    with pytest.raises(ProblemsError) as caught:
        load(tmp_path, {}, VQ_COMFY__URLS="x")
    texts = [problem.message for problem in caught.value.problems]
    assert "comfy.url?" in texts[0]
    assert "server.port?" in texts[1]
    assert "line 2" in texts[1]


@pytest.mark.parametrize("key", ["home", "origins", "ignored", "comfy"])
def test_what_is_no_setting_cannot_be_set(tmp_path: Path, key: str) -> None:
    write(tmp_path, f"{key} = 'x'\n")
    with pytest.raises(ProblemsError, match="no such setting"):
        load(tmp_path)


def test_other_programs_variables_are_ignored_and_listed(tmp_path: Path) -> None:
    assert load(tmp_path, VQ_COLOUR="1", OTHER="2").ignored == ["VQ_COLOUR"]


def test_bad_token_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as caught:
        load(tmp_path, VQ_SERVER__TOKEN="hush")
    assert "hush" not in str(caught.value.problems)


def test_described_lists_every_setting_and_hides_the_token(tmp_path: Path) -> None:
    rows = {row["key"]: row for row in load(tmp_path, VQ_SERVER__TOKEN="secret-token").described()}
    assert rows["server.token"] == {"key": "server.token", "value": "***", "origin": "environment"}
    assert rows["output_root"] == {
        "key": "output_root",
        "value": str(tmp_path / "outputs"),
        "origin": "default",
    }
    assert "secret-token" not in repr(rows)
    assert not {"origins", "ignored"} & set(rows)


def test_write_setting_changes_one_key_and_keeps_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path, "# mine\nmin_free_gb = 5 # keep\n\n[server] # here\nport = 1\n")
    write_setting(path, "server.host", "0.0.0.0")
    write_setting(path, "roots", ["/clips", "/mehr übung"])
    write_setting(path, "server.port", 2)
    write_setting(path, "notify.desktop", True)
    settings = load(tmp_path)
    assert (settings.server.host, settings.server.port, settings.notify.desktop) == ("0.0.0.0", 2, True)
    assert settings.roots == [Path("/clips"), Path("/mehr übung")]
    text = path.read_text("utf-8")
    assert "# mine" in text
    assert "min_free_gb = 5 # keep" in text
    write_setting(path, "roots", None)
    write_setting(path, "server.port", None)
    assert load(tmp_path).roots is None
    assert load(tmp_path).server.port == 8765


def test_write_setting_replaces_a_value_of_several_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "roots = [\n  '/a',\n  '/b',\n]\nmin_free_gb = 3\n")
    write_setting(path, "roots", ["/c"])
    assert load(tmp_path).roots == [Path("/c")]
    assert load(tmp_path).min_free_gb == 3


def test_write_setting_makes_the_file(tmp_path: Path) -> None:
    write_setting(tmp_path / "vq.toml", "comfy.url", "http://c:3")
    assert load(tmp_path).comfy.url == "http://c:3"


def test_write_setting_refuses_what_it_cannot_change_safely(tmp_path: Path) -> None:
    path = write(tmp_path, "server = { port = 1 }\n")
    with pytest.raises(VqError) as caught:
        write_setting(path, "server.port", 2)
    assert caught.value.code == "validation"
    assert path.read_text() == "server = { port = 1 }\n"


def test_every_setting_has_a_sentence_and_a_shape() -> None:
    assert set(HELP) == set(known_keys())
    assert shape_of("when_done") == ("choice", ["nothing", "sleep", "shutdown", "command"])
    assert shape_of("awake").kind == "switch"
    assert shape_of("keep.work_days").kind == "number"
    assert shape_of("server.allowed_hosts").kind == "list"
    assert "disk.full" in shape_of("notify.events").choices
