#!/usr/bin/env python3
"""Computes pi as the area below 4 / (1 + x * x): every node has its share of the strips, and the main node adds up."""

import os
import socket
import time
from pathlib import Path

PORT = 5000  # nodes have networks of their own, so it is free
NODE = int(os.environ.get("AWS_BATCH_JOB_NODE_INDEX", "0"))
MAIN = int(os.environ.get("AWS_BATCH_JOB_MAIN_NODE_INDEX", "0"))
NODES = int(os.environ.get("AWS_BATCH_JOB_NUM_NODES", "1"))  # one, where the script runs by itself


def share(strips):
    width = 1 / strips
    return sum(4 / (1 + ((i + 0.5) * width) ** 2) for i in range(NODE, strips, NODES)) * width


def gather(own):
    total = own
    with socket.create_server(("", PORT)) as server:
        for _ in range(NODES - 1):
            connection, _ = server.accept()
            with connection, connection.makefile() as text:
                total += float(text.read())
    return total


def send(own):
    address = os.environ["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"]
    while True:
        try:
            with socket.create_connection((address, PORT), timeout=10) as connection:
                return connection.sendall(repr(own).encode())
        except OSError:
            time.sleep(1)  # the main node may start later


source = Path(os.environ["INPUT_FILE_PATH"])
own = share(int(source.read_text()))
print(f"node {NODE} of {NODES}: {own:.12f}")
if NODE == MAIN:
    result = gather(own) if NODES > 1 else own
    (Path(os.environ["TMP_OUTPUT_DIR"]) / f"{source.stem}-pi.txt").write_text(f"{result:.12f}\n")
else:
    send(own)
