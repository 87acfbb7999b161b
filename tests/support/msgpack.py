"""A reader of MessagePack, for the answers that are given in it."""
import struct

NUMBERS = {
    0xCA: ">f", 0xCB: ">d",
    0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
# Each with what holds its length; lists and maps have no form of eight bits.
TEXTS = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
LISTS = {0xDC: ">H", 0xDD: ">I"}
MAPS = {0xDE: ">H", 0xDF: ">I"}


def loads(data):
    """The one value that the bytes hold; ValueError for anything else."""
    reader = Reader(data)
    value = reader.value()
    if reader.at != len(data):
        raise ValueError(f"{len(data) - reader.at} bytes behind the value")
    return value


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        taken = self.data[self.at : self.at + count]
        if len(taken) < count:
            raise ValueError(f"ends within a value, at byte {self.at}")
        self.at += count
        return taken

    def number(self, layout):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def value(self):
        head = self.number(">B")
        if head < 0x80 or head >= 0xE0:
            return head if head < 0x80 else head - 0x100
        if head in CONSTANTS:
            return CONSTANTS[head]
        if head in NUMBERS:
            return self.number(NUMBERS[head])
        if head < 0x90 or head in MAPS:
            count = head - 0x80 if head < 0x90 else self.number(MAPS[head])
            return {self.value(): self.value() for _ in range(count)}
        if head < 0xA0 or head in LISTS:
            count = head - 0x90 if head < 0xA0 else self.number(LISTS[head])
            return [self.value() for _ in range(count)]
        if head < 0xC0 or head in TEXTS:
            return self.take(head - 0xA0 if head < 0xC0 else self.number(TEXTS[head])).decode()
        raise ValueError(f"no kind of value begins with {head:#x}, at byte {self.at - 1}")
