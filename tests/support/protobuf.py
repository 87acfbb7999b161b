"""Just enough of protobuf to speak carbonapi's dialects: messages as lists of numbered fields."""
import struct


def fields(data):
    """`(number, value)` for each field: integers, bytes, and bytes of the fixed ones."""
    found, at = [], 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size, at = {1: (8, at), 5: (4, at)}[kind] if kind != 2 else varint(data, at)
            if at + size > len(data):
                raise ValueError(f"field {number} ends behind the message")
            value, at = data[at : at + size], at + size
        found.append((number, value))
    return found


def varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            return number, at


def written(number, value):
    """One field: an integer, a text or a message."""
    if isinstance(value, int):
        return written_varint(number << 3) + written_varint(value)
    value = value.encode() if isinstance(value, str) else value
    return written_varint(number << 3 | 2) + written_varint(len(value)) + value


def written_varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def doubles(data):
    return list(struct.unpack(f"<{len(data) // 8}d", data))
