"""One Parquet file from whole ones laid end to end: a last footer that points into all of them.

Each part is a complete Parquet file. The parts are appended as they are made, so that a run that is killed keeps
what it has, and nothing is encoded twice. The last footer is the parts' own with every offset moved to where the
part lies. Footers are Thrift's compact protocol; fields that are not known here are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

MAGIC = b"PAR1"
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
Struct = dict[int, tuple[int, Any]]

# Numbers of fields in parquet.thrift.
_ROWS, _ROW_GROUPS = 3, 4
_COLUMNS, _GROUP_OFFSET = 1, 5
_CHUNK_OFFSETS = (2, 4, 6)  # file_offset, offset_index_offset, column_index_offset
_META = 3
_META_OFFSETS = (9, 10, 11, 14)  # data page, index page, dictionary page, bloom filter


@dataclass
class _Reader:
    data: bytes
    at: int = 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        found = shift = 0
        while True:
            byte = self.byte()
            found |= (byte & 0x7F) << shift
            if byte < 0x80:
                return found
            shift += 7

    def zigzag(self) -> int:
        raw = self.varint()
        return (raw >> 1) ^ -(raw & 1)

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def value(self, kind: int) -> Any:
        if kind in (_TRUE, _FALSE, _BYTE):
            return self.byte()
        if kind == _DOUBLE:
            return self.take(8)
        if kind == _BINARY:
            return self.take(self.varint())
        if kind in (_LIST, _SET):
            head = self.byte()
            size = self.varint() if head >> 4 == 15 else head >> 4
            return head & 15, [self.value(head & 15) for _ in range(size)]
        if kind == _MAP:
            raise ValueError("a map is not expected in a Parquet footer")
        return self.struct() if kind == _STRUCT else self.zigzag()

    def struct(self) -> Struct:
        found: Struct = {}
        number = 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.zigzag()
            kind = head & 15
            found[number] = (kind, None if kind in (_TRUE, _FALSE) else self.value(kind))
        return found


def _varint(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _zigzag(out: bytearray, number: int) -> None:
    _varint(out, number << 1 if number >= 0 else (-number << 1) - 1)


def _write(out: bytearray, kind: int, value: Any) -> None:
    if kind in (_TRUE, _FALSE, _BYTE):
        out.append(value)
    elif kind == _DOUBLE:
        out += value
    elif kind == _BINARY:
        _varint(out, len(value))
        out += value
    elif kind in (_LIST, _SET):
        inner, items = value
        if len(items) < 15:
            out.append(len(items) << 4 | inner)
        else:
            out.append(0xF0 | inner)
            _varint(out, len(items))
        for item in items:
            _write(out, inner, item)
    elif kind == _STRUCT:
        _write_struct(out, value)
    else:
        _zigzag(out, value)


def _write_struct(out: bytearray, struct: Struct) -> None:
    last = 0
    for number, (kind, value) in struct.items():
        if 0 < number - last <= 15:
            out.append((number - last) << 4 | kind)
        else:
            out.append(kind)
            _zigzag(out, number)
        if kind not in (_TRUE, _FALSE):
            _write(out, kind, value)
        last = number
    out.append(0)


def _move(struct: Struct, numbers: Iterable[int], by: int) -> None:
    for number in numbers:
        if number in struct and struct[number][1] > 0:
            struct[number] = (struct[number][0], struct[number][1] + by)


def read_footer(stream: BinaryIO, start: int, end: int) -> Struct:
    """Return the footer of the Parquet file at start..end of a stream, its offsets moved by start."""
    stream.seek(end - 8)
    tail = stream.read(8)
    size = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or size > end - start - 12:
        raise ValueError("a part is not a whole Parquet file")
    stream.seek(end - 8 - size)
    footer = _Reader(stream.read(size)).struct()
    for group in footer[_ROW_GROUPS][1][1]:
        _move(group, (_GROUP_OFFSET,), start)
        for chunk in group[_COLUMNS][1][1]:
            _move(chunk, _CHUNK_OFFSETS, start)
            if _META in chunk:
                _move(chunk[_META][1], _META_OFFSETS, start)
    return footer


def joined_footer(stream: BinaryIO, parts: Iterable[tuple[int, int]]) -> bytes:
    """Return the bytes that, appended, make one Parquet file of the parts at these places of a stream."""
    whole: Struct | None = None
    for start, end in parts:
        footer = read_footer(stream, start, end)
        if whole is None:
            whole = footer
            continue
        whole[_ROWS] = (whole[_ROWS][0], whole[_ROWS][1] + footer[_ROWS][1])
        whole[_ROW_GROUPS][1][1].extend(footer[_ROW_GROUPS][1][1])
    if whole is None:
        raise ValueError("there is no part")
    for ordinal, group in enumerate(whole[_ROW_GROUPS][1][1]):
        if 7 in group and ordinal <= 0x7FFF:
            group[7] = (group[7][0], ordinal)
        else:
            group.pop(7, None)
    out = bytearray()
    _write_struct(out, whole)
    return bytes(out) + len(out).to_bytes(4, "little") + MAGIC


__all__ = ["joined_footer", "read_footer"]
