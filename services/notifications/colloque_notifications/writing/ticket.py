"""A ticket's code as a picture: an opaque signed token as QR, one bit a pixel."""

from __future__ import annotations

import struct
import zlib

import zxingcpp

SCALE = 4


def picture(code: str) -> bytes:
    """PNG, with the quiet zone of four modules that readers want."""
    modules = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(scale=1)
    side = modules.shape[0]
    dark = memoryview(modules).tobytes()  # type: ignore[arg-type] # its stub forgets that it can be read so
    rows = _rows(dark, side)
    header = struct.pack(">IIBBBBB", side * SCALE, side * SCALE, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


_BITS = bytes(ord("1" if value > 127 else "0") for value in range(256))


def _rows(modules: bytes, side: int) -> bytes:
    """The lines of the picture, each module `SCALE` bits wide and as many lines high; 1 is white. Of those that are the
    same the first is written as it is (filter 0), the others as what differs from the one above (filter 2): nothing."""
    bits = modules.translate(_BITS).replace(b"1", b"1" * SCALE).replace(b"0", b"0" * SCALE)
    width = side * SCALE
    spare = -width % 8
    size = (width + spare) // 8
    same = (b"\2" + bytes(size)) * (SCALE - 1)
    lines = (int(bits[i : i + width], 2) << spare for i in range(0, len(bits), width))
    return b"".join(b"\0" + line.to_bytes(size, "big") + same for line in lines)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
