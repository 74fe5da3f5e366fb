"""What the messages of failed nodes mean: a table of signs and the catalogue's entry for each, the first that fits.

The signs are of PyTorch, safetensors, Pillow, Python and ComfyUI itself.
"""

from __future__ import annotations

import re

_TABLE: tuple[tuple[str, str], ...] = (
    (r"Model in folder '(?P<folder>[^']+)' with filename '(?P<value>[^']+)' not found", "missing_model"),
    (
        r"(clip|vae) input is invalid: None|'NoneType' object has no attribute '(encode|decode|tokenize|clone)'",
        "no_part_of_model",
    ),
    (r"could not detect model type|unknown (model|unet) type|unable to determine.*model", "wrong_model"),
    (
        r"error while deserializing header|HeaderTooLarge|InvalidHeaderDeserialization|MetadataIncompleteBuffer"
        r"|invalid load key|PytorchStreamReader failed|unexpected EOF|file is not a zip file",
        "damaged_model",
    ),
    (r"expected input.* to have \d+ channels|shapes cannot be multiplied", "other_family"),
    (r"size mismatch for |Error\(s\) in loading state_dict", "other_family"),
    (
        r"size of tensor a \(\d+\) must match|sizes of tensors must match|tensors must have the same number"
        r"|stack expects each tensor to be equal size|could not be broadcast|shape '.*' is invalid for input",
        "tensor_sizes",
    ),
    (
        r"the same dtype|expected scalar type|not implemented for '(Half|BFloat16|Float8_\w+)'"
        r"|should be the same.*type|input type .* and (bias|weight) type|unsupported dtype|Float8_e\d",
        "number_format",
    ),
    (r"no module named|cannot import name|DLL load failed", "missing_package"),
    (r"no space left on device|ENOSPC|disk quota exceeded", "full_disk"),
    (
        r"cannot identify image file|image file is truncated|invalid data found when processing",
        "unreadable_file",
    ),
    (r"FileNotFoundError|no such file or directory|invalid image file|could not open", "missing_file"),
    (r"PermissionError|permission denied", "no_permission"),
    (
        r"HTTPSConnectionPool|LocalEntryNotFound|OfflineMode|huggingface|ConnectionError|max retries exceeded"
        r"|name resolution|urlopen error",
        "network",
    ),
    (r"please login|unauthorized|insufficient credits|payment required", "login"),
    (
        r"not compiled with CUDA|no kernel image|CUDA driver version|no NVIDIA driver|CUDA error|device-side assert"
        r"|cuDNN error|illegal memory access",
        "gpu_driver",
    ),
    (r"outside the output folder", "outside_output"),
)
_COMPILED = tuple((re.compile(sign, re.IGNORECASE), kind) for sign, kind in _TABLE)
_OOM_TYPES = ("OutOfMemoryError", "torch.OutOfMemoryError", "torch.cuda.OutOfMemoryError")
_OOM_TEXTS = (
    "out of memory", "allocation on device", "not enough memory", "cudaerrormemoryallocation", "can't allocate memory"
)  # fmt: skip


def cause_of(text: str) -> tuple[str, dict[str, str]]:
    """(the entry of `comfy_execution` for an exception's type and message, what its sign names); `node` for others."""
    for sign, kind in _COMPILED:
        if match := sign.search(text):
            return kind, match.groupdict()
    return "node", {}


def is_memory_error(kind: str, message: str) -> bool:
    """Whether an exception of this type and message says that memory ran out."""
    return kind.endswith(_OOM_TYPES) or any(sign in message.lower() for sign in _OOM_TEXTS)
