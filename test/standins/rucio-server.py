"""Rucio's own server, with SQLite, one account, one scope and one storage element.

Usage: rucio-server.py FOLDER PORT URL-OF-THE-ELEMENT TOKEN
"""
import os
import sys
from urllib.parse import urlparse

folder, port, element, token = sys.argv[1], int(sys.argv[2]), urlparse(sys.argv[3]), sys.argv[4]
config = os.path.join(folder, "rucio.cfg")
with open(config, "w") as file:
    file.write(f"""[common]
logdir = {folder}
loglevel = ERROR
[database]
default = sqlite:///{folder}/rucio.db
[bootstrap]
userpass_identity = root
userpass_pwd = secret
[policy]
permission = generic
schema = generic
""")
os.environ["RUCIO_CONFIG"] = config

# Only now, as what is imported reads the configuration.
from rucio.common.types import InternalAccount, InternalScope  # noqa: E402
from rucio.core.account import add_account, add_account_attribute  # noqa: E402
from rucio.core.account_limit import set_local_account_limit  # noqa: E402
from rucio.core.rse import add_protocol, add_rse  # noqa: E402
from rucio.core.scope import add_scope  # noqa: E402
from rucio.db.sqla import models  # noqa: E402
from rucio.db.sqla.constants import AccountType  # noqa: E402
from rucio.db.sqla.session import get_engine, transactional_session  # noqa: E402
from rucio.db.sqla.util import create_base_vo, create_root_account  # noqa: E402


@transactional_session
def fill(*, session):
    alice = InternalAccount("alice", vo="def")
    add_account(alice, AccountType.USER, "alice@example.org", session=session)
    add_account_attribute(account=alice, key="admin", value=True, session=session)
    add_scope(InternalScope("user.alice", vo="def"), alice, session=session)
    rse = add_rse("LAB", vo="def", session=session)
    near = {"read": 1, "write": 1, "delete": 1}
    add_protocol(rse, {
        "scheme": element.scheme,
        "hostname": element.hostname,
        "port": element.port,
        "prefix": element.path,
        "impl": "rucio.rse.protocols.webdav.Default",
        "domains": {"lan": near, "wan": {**near, "third_party_copy_read": 1, "third_party_copy_write": 1}},
    }, session=session)
    set_local_account_limit(alice, rse, -1, session=session)
    # As a server keeps one of OIDC that it has looked at.
    models.Token(token=token, account=alice, identity="alice").save(session=session)


models.register_models(get_engine())
create_base_vo()
create_root_account()
fill()

from rucio.web.rest.main import application  # noqa: E402
from werkzeug.serving import run_simple  # noqa: E402

run_simple("127.0.0.1", port, application, threaded=True)
