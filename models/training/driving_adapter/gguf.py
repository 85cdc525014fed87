"""Reads the base model's GGUF as the runtime holds it: Q4_1 and Q8_0 dequantised, nothing rounded anew."""

import struct
from pathlib import Path

import numpy as np

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_F32, _Q4_1, _Q8_0 = 0, 3, 8


class Gguf:
    """Metadata and tensors of one file; `tensor(name)` gives float32 [rows, columns] or [n]."""

    def __init__(self, path):
        self._bytes = np.memmap(Path(path), dtype=np.uint8, mode="r")
        self._at = 0
        if bytes(self._bytes[:4]) != b"GGUF":
            raise ValueError(f"{path} is no GGUF file")
        self._at = 8
        tensors, pairs = self._read("Q"), self._read("Q")
        self.metadata = {}
        for _ in range(pairs):
            key = self._string()
            self.metadata[key] = self._value(self._read("I"))
        self._tensors = {}
        for _ in range(tensors):
            name = self._string()
            shape = [self._read("Q") for _ in range(self._read("I"))]
            kind, offset = self._read("I"), self._read("Q")
            self._tensors[name] = (shape[::-1], kind, offset)
        alignment = self.metadata.get("general.alignment", 32)
        self._data = -(-self._at // alignment) * alignment

    def _read(self, code):
        size = struct.calcsize("<" + code)
        (value,) = struct.unpack("<" + code, bytes(self._bytes[self._at : self._at + size]))
        self._at += size
        return value

    def _string(self):
        length = self._read("Q")
        text = bytes(self._bytes[self._at : self._at + length]).decode("utf-8", "replace")
        self._at += length
        return text

    def _value(self, kind):
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            item, count = self._read("I"), self._read("Q")
            return [self._value(item) for _ in range(count)]
        return self._read(_SCALARS[kind])

    def names(self):
        return list(self._tensors)

    def tensor(self, name):
        shape, kind, offset = self._tensors[name]
        count = int(np.prod(shape))
        start = self._data + offset
        if kind == _F32:
            values = self._bytes[start : start + 4 * count].view("<f4").astype(np.float32)
        elif kind == _Q4_1:
            blocks = self._bytes[start : start + count // 32 * 20].reshape(-1, 20)
            scale = blocks[:, 0:2].copy().view("<f2").astype(np.float32)
            least = blocks[:, 2:4].copy().view("<f2").astype(np.float32)
            quants = np.concatenate([blocks[:, 4:] & 15, blocks[:, 4:] >> 4], axis=1).astype(np.float32)
            values = quants * scale + least
        elif kind == _Q8_0:
            blocks = self._bytes[start : start + count // 32 * 34].reshape(-1, 34)
            scale = blocks[:, 0:2].copy().view("<f2").astype(np.float32)
            values = blocks[:, 2:].copy().view(np.int8).astype(np.float32) * scale
        else:
            raise ValueError(f"{name} has the type {kind}, which is not supported")
        return values.reshape(shape)
