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
    rows = b"".join(_row(dark[i : i + side]) * SCALE for i in range(0, len(dark), side))
    header = struct.pack(">IIBBBBB", side * SCALE, side * SCALE, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


_BITS = bytes(ord("1" if value > 127 else "0") for value in range(256))


def _row(modules: bytes) -> bytes:
    """One line of the picture: no filter, then the bits, each module `SCALE` of them; 1 is white."""
    bits = b"".join(bytes((bit,)) * SCALE for bit in modules.translate(_BITS))
    spare = -len(bits) % 8
    return b"\0" + (int(bits, 2) << spare).to_bytes((len(bits) + spare) // 8, "big")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
