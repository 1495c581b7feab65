"""Runs a program in a pseudo-terminal of its own and passes on, as lines of JSON, what both sides have to say.

argv[1]: {"argv": [...], "cwd": "...", "env": {...}, "columns": 80, "rows": 24}
stdin:   {"type": "keys"}, {"size": [columns, rows]} or {"hangup": true}, which takes the terminal away
stdout:  {"pid": 1}, {"output": "..."}, {"size": [columns, rows]} behind all that was written for the size before, and at the end {"code": 0} or {"signal": 2}
"""

import codecs
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    start = json.loads(sys.argv[1])
    child, terminal = pty.fork()
    if child == 0:
        resize(0, start["columns"], start["rows"])
        os.chdir(start["cwd"])
        os.execvpe(start["argv"][0], start["argv"], start["env"])
    say(pid=child)
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    orders = b""
    watched = [terminal, 0]
    while terminal in watched:
        ready, _, _ = select.select(watched, [], [])
        if terminal in ready:
            try:
                output = os.read(terminal, 65536)
            except OSError:  # EIO: nobody has the other side open any more
                output = b""
            if output:
                say(output=decode(output))
            else:
                watched.remove(terminal)
        if 0 in ready:
            more = os.read(0, 65536)
            if not more:
                break
            *lines, orders = (orders + more).split(b"\n")
            for line in lines:
                order = json.loads(line)
                if "type" in order:
                    os.write(terminal, order["type"].encode())
                if "size" in order:
                    while select.select([terminal], [], [], 0)[0]:
                        say(output=decode(os.read(terminal, 65536)))
                    resize(terminal, *order["size"])
                    say(size=order["size"])
                if "hangup" in order:
                    os.close(terminal)
                    watched.remove(terminal)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        say(signal=os.WTERMSIG(status))
    else:
        say(code=os.WEXITSTATUS(status))


main()
