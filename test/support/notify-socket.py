#!/usr/bin/env python3
"""A service manager's socket, which Node cannot make: a Unix datagram socket whose reader learns who has written.

notify-socket.py ADDRESS [--full]    prints each datagram as a line of JSON: {"pid": 42, "text": "READY=1"}

--full: nothing is read, and nothing more fits in, until there is a line on stdin.
"""

import json
import socket
import struct
import sys

FILLER = b"filler"


def fill(address):
    # A sender of its own for each, or its buffer would be full before their queue is.
    try:
        while True:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(FILLER, address)
    except BlockingIOError:
        pass


def main(name, *options):
    address = "\0" + name[1:] if name.startswith("@") else name
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    receiver.bind(address)
    if "--full" in options:
        fill(address)
    print("listening", flush=True)
    if "--full" in options:
        sys.stdin.readline()
    while True:
        text, [(_, _, credentials)], _, _ = receiver.recvmsg(65536, 1024)
        pid, _, _ = struct.unpack("3i", credentials)
        if text != FILLER:
            print(json.dumps({"pid": pid, "text": text.decode()}), flush=True)


main(*sys.argv[1:])
