"""What a power cut or a failing disk leaves of a database is opened whole, or refused with the copy to restore."""

from __future__ import annotations

import random
from pathlib import Path

from tests.db.broken_files import cut_logs, flip_bytes


def test_a_log_that_is_cut_anywhere_opens_to_a_beginning_of_what_was_acknowledged(tmp_path: Path) -> None:
    assert cut_logs(tmp_path, 50, random.Random(7)) > 0


def test_a_file_with_flipped_bytes_is_refused_with_the_copy_to_restore_or_whole(tmp_path: Path) -> None:
    ends = flip_bytes(tmp_path, 20, random.Random(7))
    assert ends["refused"] > 0
    assert not [end for end in ends if end.startswith("refused without")]
