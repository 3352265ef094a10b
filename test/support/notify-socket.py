#!/usr/bin/env python3
"""A service manager's socket, which Node cannot create: a Unix datagram socket that receives senders' credentials.

notify-socket.py ADDRESS [--full]    prints each datagram as a line of JSON: {"pid": 42, "text": "READY=1"}

--full: fills the queue of the socket, and reads nothing before a line arrives on stdin.
"""

import json
import socket
import struct
import sys

FILLER = b"filler"


def fill(address):
    # One sender for each datagram: the send buffer of a single sender would be full before the queue of the receiver.
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
