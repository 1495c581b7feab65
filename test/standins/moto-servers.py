"""Servers of moto that start at once: one process reads moto, and each server is a fork of it with a state of its own.

It prints a port of this machine. Who connects to it is told the port of a new server, empty but for what AWS manages, which
ends with the connection. The process itself ends with its standard input."""
import gc
import os
import select
import signal
import socket
import sys
import threading

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
# Images of machines, which nobody here asks for, take a second.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded"
# A question to each service that tests use, since its first one takes long: service, path, target or body.
QUESTIONS = [
    ("s3", "/", None, None),
    ("iam", "/", None, "Action=ListRoles&Version=2010-05-08"),
    ("sts", "/", None, "Action=GetCallerIdentity&Version=2011-06-15"),
    ("ec2", "/", None, "Action=DescribeSubnets&Version=2016-11-15"),
    ("logs", "/", "Logs_20140328.DescribeLogGroups", "{}"),
    ("ecr", "/", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories", "{}"),
    ("ssm", "/", "AmazonSSM.DescribeParameters", "{}"),
    ("lambda", "/2015-03-31/functions/", None, None),
    ("batch", "/v1/describejobqueues", None, "{}"),
    ("apigateway", "/v2/apis", None, None),
    ("tagging", "/", "ResourceGroupsTaggingAPI_20170126.GetResources", "{}"),
]


def read_moto():
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.test import Client

    application = DomainDispatcherApplication(create_backend_app)
    application.debug = True
    client = Client(application)
    for service, path, target, body in QUESTIONS:
        scope = f"Credential=standin/20260101/us-east-1/{service}/aws4_request"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
        if target:
            headers["X-Amz-Target"] = target
        kind = JSON if body and body.startswith("{") else FORM
        answer = client.open(path, method="GET" if body is None else "POST", headers=headers, data=body, content_type=kind)
        if answer.status_code != 200:
            raise SystemExit(f"moto answers {service} with {answer.status}: {answer.text}")
    # What is there now stays: looking through it again and again would take time, and copy it into each server.
    gc.collect()
    gc.freeze()
    return application


def serve(application, connection):
    """Serves until whoever asked for it leaves."""
    from moto.moto_api._internal import mock_random
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *_):
            pass

    mock_random.seed()
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    os.environ["MOTO_PORT"] = str(server.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection.sendall(f"{server.port}\n".encode())
    connection.recv(1)
    os._exit(0)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    door = socket.create_server(("127.0.0.1", 0))
    print(door.getsockname()[1], flush=True)
    application = None
    while sys.stdin not in select.select([sys.stdin, door], [], [])[0]:
        connection, _ = door.accept()
        application = application or read_moto()
        if os.fork() == 0:
            door.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            serve(application, connection)
        connection.close()


main()
