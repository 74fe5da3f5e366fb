"""A Whisper model of a few kilobytes that always says the same: each of its tokens has one follower.

Embeddings are unit vectors, layers add nothing, and the projection leads from a token to the next; the encoder knows
nothing but the time, to which each token pays attention. So what the model says in each window of 30 s, and when, is
known. English only. Needs the extra `speech`.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from ctranslate2.specs.whisper_spec import WhisperConfig
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

# What it says in the first two seconds of a window, and when each word begins and the last one ends.
WORDS = ("hello", "world")
EDGES = (0.3, 1.0, 1.8)
_START, _END, _NO_TIMES = "<|startoftranscript|>", "<|endoftext|>", "<|notimestamps|>"
_SPECIALS = (
    _END, _START, "<|transcribe|>", "<|translate|>", "<|startoflm|>", "<|startofprev|>", "<|nocaptions|>", _NO_TIMES,
)  # fmt: skip
_TIMES = tuple(f"<|{step * 0.02:.2f}|>" for step in range(1501))
_SIZE, _POSITIONS, _PER_SECOND = 16, 1500, 50
_CERTAIN, _SHARP = 40.0, 8000.0


def make_whisper(folder: Path) -> Path:
    """The folder with the model, as faster-whisper takes it."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    spoken = [f"Ġ{word}" for word in WORDS]  # this letter stands for a space
    tokens = [*letters, *spoken, *_SPECIALS, *_TIMES]
    numbers = {token: number for number, token in enumerate(tokens)}
    _save_tokenizer(folder, {token: numbers[token] for token in (*letters, *spoken)})
    spec = WhisperSpec(1, 1, 1, 1)
    _fill(spec)
    _fill_encoder(spec)
    _fill_decoder(spec, numbers, spoken)
    spec._config = WhisperConfig(
        suppress_ids=[], suppress_ids_begin=[], lang_ids=[], alignment_heads=[(0, 0)]
    )
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.save(str(folder))
    return folder


def _save_tokenizer(folder: Path, vocabulary: dict[str, int]) -> None:
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([*_SPECIALS, *_TIMES])
    tokenizer.save(str(folder / "tokenizer.json"))


def _fill_encoder(spec: WhisperSpec) -> None:
    angles = np.pi * np.arange(_POSITIONS) / _POSITIONS
    times = np.zeros((_POSITIONS, _SIZE))
    times[:, 0], times[:, 1] = np.cos(angles), np.sin(angles)
    spec.encoder.position_encodings.encodings = times.astype(np.float32)
    for layer, inputs in ((spec.encoder.conv1, 80), (spec.encoder.conv2, _SIZE)):
        layer.weight = np.zeros((_SIZE, inputs, 3), np.float32)
        layer.bias = np.zeros(_SIZE, np.float32)


def _fill_decoder(spec: WhisperSpec, numbers: dict[str, int], spoken: list[str]) -> None:
    """Who follows whom, and at which moment each word is looked for in what was heard."""
    said = [_START, "<|0.00|>", *spoken, "<|2.00|>", _END]
    steps = [*pairwise(said), (_NO_TIMES, spoken[0])]
    embeddings, projection = np.zeros((2, len(numbers), _SIZE), np.float32)
    for place, (token, follower) in enumerate(steps):
        embeddings[numbers[token], place] = 1
        projection[numbers[follower], place] = _CERTAIN
    spec.decoder.embeddings.weight, spec.decoder.projection.weight = embeddings, projection
    spec.decoder.position_encodings.encodings = np.zeros((448, _SIZE), np.float32)
    queries = np.zeros((_SIZE, _SIZE))
    # A word is aligned where the token before it looks; what is aligned has no timestamps.
    for place, edge in zip((len(steps) - 1, 2, 3), EDGES, strict=True):
        angle = np.pi * edge * _PER_SECOND / _POSITIONS
        queries[:2, place] = _SHARP * np.cos(angle), _SHARP * np.sin(angle)
    attention = spec.decoder.layer[0].attention.linear
    _set(attention[0], queries)
    _set(attention[1], np.concatenate([np.eye(_SIZE), np.zeros((_SIZE, _SIZE))]))


def _fill(part: Any) -> None:
    """Give every layer below `part` weights with which it adds nothing."""
    for name, value in list(vars(part).items()):
        for inner in value if isinstance(value, list) else [value]:
            if hasattr(inner, "validate"):
                _fill(inner)
        if name == "gamma":
            part.gamma, part.beta = np.ones(_SIZE, np.float32), np.zeros(_SIZE, np.float32)
    if isinstance(getattr(part, "linear", None), list):
        # Two are those of self attention (queries, keys and values in one; out), three those of cross attention.
        rows = [3, 1] if len(part.linear) == 2 else [1, 2, 1]
        for layer, count in zip(part.linear, rows, strict=True):
            _set(layer, np.zeros((count * _SIZE, _SIZE)))
    if hasattr(part, "linear_0"):
        _set(part.linear_0, np.zeros((4 * _SIZE, _SIZE)))
        _set(part.linear_1, np.zeros((_SIZE, 4 * _SIZE)))


def _set(layer: Any, weight: NDArray[Any]) -> None:
    layer.weight, layer.bias = weight.astype(np.float32), np.zeros(len(weight), np.float32)
