"""Real servers: every notification arrives, once by its key, whatever the servers do meanwhile."""

import io
import json
import logging
import shutil
import ssl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from core import Settings
from queue_jobs import notify
from queue_jobs.job_queue import JobQueue
from store import open_store, outbox

SECRET = "s3cret-token"

FAILED = {
    "job": "j1",
    "status": "FAILED",
    "tool": "profile-my-data",
    "dataset": "sales.csv",
    "error_code": "OUT_OF_MEMORY",
    "message": "The file needs more memory than a job may use.",
    "seconds": 12.5,
}


@pytest.fixture
def house(tmp_path):
    """A store whose database notifies; the tests say whom."""
    settings = Settings(data_dir=tmp_path, notify_urls="json://nobody")
    queue = JobQueue(settings, open_store(settings), doorbell=None)
    yield queue
    queue.store.database.engine.dispose()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """No pause between attempts."""
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.0)


def deliver(house, *urls):
    """One round to these addresses; how many notifications have reached all of them."""
    return notify.deliver(telling(house, *urls))


def telling(house, *urls):
    """The same house with other addresses."""
    return replace(house, settings=replace(house.settings, notify_urls=" ".join(urls)))


def put(house, key="job:j1:1", kind="job", owner="ann", **payload):
    with house.store.database.write() as connection:
        outbox.put(connection, key, kind, owner, payload or FAILED)


def waiting(house):
    """Ids of what is still to be sent."""
    return outbox.due(house.store.database, 1000)


def errors(house):
    """What went wrong with what waits, in one text."""
    with house.store.database.read() as connection:
        found = connection.exec_driver_sql("SELECT error_message FROM outbox").scalars()
        return " ".join(filter(None, found))


# Webhooks


@dataclass
class Webhook:
    """A server that notes what it gets; it answers as told, and with 200 afterwards."""

    server: ThreadingHTTPServer
    answers: list[int] = field(default_factory=list)
    bodies: list[dict] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)
    before: object = None

    def url(self, more=""):
        return f"json://127.0.0.1:{self.server.server_port}/hooks/{SECRET}{more}"

    @property
    def ids(self):
        return [body["id"] for body in self.bodies]


class Handler(BaseHTTPRequestHandler):
    """Takes what is posted as the webhook of its server says."""

    def do_POST(self):
        hook = self.server.hook
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if hook.before:
            hook.before(self)
        status = hook.answers.pop(0) if hook.answers else 200
        if status == 200:
            hook.bodies.append(body)
            hook.headers.append(dict(self.headers))
        self.answer(status)

    def do_GET(self):
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def listen():
    """Start a webhook; port 0 is any."""
    running = []

    def listen(port=0, answers=(), before=None):
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.hook = Webhook(server, list(answers), before=before)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        running.append(server)
        return server.hook

    yield listen
    for server in running:
        server.shutdown()
        server.server_close()


def test_a_webhook_gets_text_fields_and_key(house, listen):
    hook = listen()
    put(house)
    assert deliver(house, hook.url()) == 1
    (body,) = hook.bodies
    assert body["title"] == "Profile my data: failed"
    assert body["message"].startswith("The file needs more memory than a job may use.\n")
    assert "Dataset: sales.csv\nError code: OUT_OF_MEMORY\n" in body["message"]
    assert body["type"] == "failure"
    given = {key: body[key] for key in ("id", "kind", "job", "status", "tool", "user", "seconds")}
    assert given == {
        "id": "job:j1:1",
        "kind": "job",
        "job": "j1",
        "status": "FAILED",
        "tool": "profile-my-data",
        "user": "ann",
        "seconds": "12.5",
    }
    assert hook.headers[0]["Idempotency-Key"] == "job:j1:1"
    assert waiting(house) == ()


def test_what_the_operator_put_into_the_address_is_kept(house, listen):
    hook = listen()
    put(house)
    deliver(house, hook.url(f"?+Authorization=Bearer%20{SECRET}&:team=data"))
    assert hook.headers[0]["Authorization"] == f"Bearer {SECRET}"
    assert (hook.bodies[0]["team"], hook.bodies[0]["id"]) == ("data", "job:j1:1")


def test_an_alert_has_its_own_title(house, listen):
    hook = listen()
    put(house, "alert:no-workers:1", "alert", None, title="No workers", message="For 2 minutes.")
    deliver(house, hook.url())
    (body,) = hook.bodies
    assert (body["title"], body["message"]) == ("No workers", "For 2 minutes.")
    assert (body["type"], body["kind"]) == ("warning", "alert")


def test_a_name_with_line_breaks_and_signs_stays_one_plain_line(house, listen):
    hook = listen()
    put(house, **FAILED | {"dataset": "a\r\nBcc: x@y\x00\u202e100%41+&<b>.csv\ud800"})
    deliver(house, hook.url())
    assert hook.bodies[0]["dataset"] == "a Bcc: x@y 100%41+&<b>.csv"


def test_a_server_that_was_down_gets_it_once_when_it_is_up(house, listen):
    gone = listen()
    port = gone.server.server_port
    gone.server.shutdown()
    gone.server.server_close()
    put(house)
    assert deliver(house, gone.url()) == 0
    assert "could not be reached" in errors(house)
    back = listen(port)
    assert [deliver(house, back.url()) for _ in range(3)] == [1, 0, 0]
    assert back.ids == ["job:j1:1"]


def test_a_server_that_fails_twice_gets_it_the_third_time(house, listen):
    hook = listen(answers=[500, 503])
    put(house)
    assert deliver(house, hook.url()) == 0
    assert errors(house) == "Address 1 answered with HTTP status 500."
    assert [deliver(house, hook.url()) for _ in range(3)] == [0, 1, 0]
    assert hook.ids == ["job:j1:1"]


def test_a_redirect_is_not_a_delivery(house, listen):
    hook = listen(answers=[302])
    put(house)
    assert deliver(house, hook.url()) == 0
    assert "302" in errors(house)


def test_who_has_it_is_not_told_again_because_another_has_not(house, listen):
    good, bad = listen(), listen(answers=[500, 500])
    put(house)
    urls = (good.url(), bad.url())
    assert [deliver(house, *urls), deliver(house, *reversed(urls)), deliver(house, *urls)] == [
        0,
        0,
        1,
    ]
    assert (good.ids, bad.ids) == (["job:j1:1"], ["job:j1:1"])


def test_a_server_that_drips_for_ever_is_left_and_delays_the_others_once(
    house, listen, monkeypatch
):
    monkeypatch.setattr(notify, "ANSWER_SECONDS", 0.5)
    asked, over = [], threading.Event()

    def drip(handler):
        asked.append(1)
        while not over.wait(0.05):
            handler.wfile.write(b"H")

    slow, good = listen(before=drip), listen()
    for number in range(20):
        put(house, f"job:{number}:1")
    began = time.monotonic()
    assert deliver(house, slow.url(), good.url()) == 0
    assert time.monotonic() - began < 10
    over.set()
    assert asked == [1]
    assert len(good.ids) == 20
    assert "did not answer in time" in errors(house)


def test_when_nobody_answers_the_rest_waits_without_losing_an_attempt(house, listen):
    for number in range(5):
        put(house, f"job:{number}:1")
    assert deliver(house, "json://127.0.0.1:1") == 0
    with house.store.database.read() as connection:
        attempts = connection.exec_driver_sql("SELECT sum(attempts) FROM outbox").scalar_one()
    assert attempts == 1
    hook = listen()
    assert deliver(house, hook.url()) == len(set(hook.ids)) == 5


def test_two_deliverers_at_once_send_each_once(house, listen):
    hook = listen()
    keys = [f"job:{number}:1" for number in range(30)]
    for key in keys:
        put(house, key)
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda _: deliver(house, hook.url()), range(2)))
    assert sum(counts) == 30
    assert sorted(hook.ids) == sorted(keys)


def test_a_hundred_notifications_arrive_in_bounded_rounds(house, listen):
    hook = listen()
    for number in range(100):
        put(house, f"job:{number}:1")
    assert [deliver(house, hook.url()) for _ in range(3)] == [notify.ROUND, 100 - notify.ROUND, 0]
    assert len(set(hook.ids)) == len(hook.ids) == 100


def test_the_thread_delivers_until_it_is_stopped(house, listen, monkeypatch):
    monkeypatch.setattr(notify, "PAUSE_SECONDS", 0.02)
    hook, stopping = listen(), threading.Event()
    args = (telling(house, hook.url()), stopping)
    thread = threading.Thread(target=notify.keep_delivering, args=args, daemon=True)
    thread.start()
    put(house)
    deadline = time.monotonic() + 20
    while not hook.ids:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stopping.set()
    thread.join(20)
    assert not thread.is_alive()


# TLS and mail


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """The TLS side of a server whose certificate nobody vouches for."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    files = ["-keyout", folder / "key", "-out", folder / "certificate"]
    subprocess.run([*command.split(), "-addext", names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context


def test_certificates_of_webhooks_are_checked(house, listen, tls):
    hook = listen()
    hook.server.socket = tls.wrap_socket(hook.server.socket, server_side=True)
    secure = hook.url().replace("json:", "jsons:")
    put(house)
    assert deliver(house, secure) == 0
    assert deliver(house, f"{secure}?verify=no") == 1
    assert hook.ids == ["job:j1:1"]


class Mailbox:
    """Notes the messages that a mail server accepts."""

    def __init__(self):
        self.messages = []
        self.refuse = False

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return "451 later"
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class AnyPort(Controller):
    """A mail server on a port that is free; aiosmtpd itself would knock at port 0."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mail():
    """Start a mail server; returns its mailbox and its port."""
    running = []

    def mail(**options):
        box = Mailbox()
        server = AnyPort(box, hostname="127.0.0.1", port=0, **options)
        server.start()
        running.append(server)
        return box, server.port

    yield mail
    for server in running:
        server.stop()


def address(port, scheme="mailto", login="", more=""):
    return f"{scheme}://{login}127.0.0.1:{port}/?from=assay@x.org&to=ops@x.org,dev@x.org{more}"


def test_mail_goes_to_every_recipient_with_subject_text_and_key(house, mail):
    box, port = mail()
    put(house)
    assert deliver(house, address(port, more="&mode=insecure")) == 1
    assert [message["To"] for message in box.messages] == ["ops@x.org", "dev@x.org"]
    message = box.messages[0]
    assert message["Subject"] == "Profile my data: failed"
    assert message["Idempotency-Key"] == "job:j1:1"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines()[:2] == [FAILED["message"], "Job: j1"]


def test_a_name_is_no_markup_where_mail_is_html(house, mail):
    box, port = mail()
    put(house, **FAILED | {"dataset": "<b>sales</b>.csv"})
    assert deliver(house, address(port, more="&mode=insecure&format=html")) == 1
    html = box.messages[0].get_body(("html",)).get_content()
    assert "<b>" not in html
    assert "&lt;b&gt;sales" in html


def test_a_mail_server_that_puts_off_gets_it_later(house, mail):
    box, port = mail()
    box.refuse = True
    put(house)
    url = address(port, more="&mode=insecure")
    assert deliver(house, url) == 0
    box.refuse = False
    assert deliver(house, url) == 1
    assert len(box.messages) == 2


def test_mail_over_tls_logs_in_and_checks_the_certificate(house, mail, tls):
    logins = []

    def check(server, session, envelope, mechanism, login):
        logins.append((login.login, login.password))
        return AuthResult(success=True)

    box, port = mail(tls_context=tls, require_starttls=True, authenticator=check)
    put(house)
    url = address(port, "mailtos", f"ops:{SECRET}@")
    assert deliver(house, url) == 0
    assert (logins, box.messages) == ([], [])
    assert deliver(house, f"{url}&verify=no") == 1
    assert logins == [(b"ops", SECRET.encode())]
    assert len(box.messages) == 2


# Settings and secrets


def sentences(urls):
    return notify.check(Settings(notify_urls=urls))


def test_good_addresses_need_no_word():
    urls = "json://host/a?x=1,2, mailtos://u:p@x.org?to=a@x.org,b@x.org,jsons://host\n\tform://h"
    assert [found.url for found in notify.addresses(Settings(notify_urls=urls))] == [
        "json://host/a?x=1,2",
        "mailtos://u:p@x.org?to=a@x.org,b@x.org",
        "jsons://host",
        "form://h",
    ]
    assert sentences(urls) == sentences("") == []


@pytest.mark.parametrize("bad", [SECRET, f"{SECRET}://host", f"json://?x={SECRET}", f"x:{SECRET}@"])
def test_a_bad_address_is_named_by_its_position_and_its_secret_is_not_shown(bad, capfd):
    (sentence,) = sentences(f"json://host, {bad} form://host")
    assert "NOTIFY_URLS: address 2" in sentence
    assert SECRET not in sentence + "".join(capfd.readouterr())


def test_a_bad_address_keeps_nothing_from_the_good_ones(house, listen):
    hook = listen()
    put(house)
    assert deliver(house, "nonsense", hook.url()) == 1


def test_without_a_usable_address_everything_waits(house):
    put(house)
    assert deliver(house) == deliver(house, "nonsense") == 0
    assert len(waiting(house)) == 1


def test_no_secret_is_kept_logged_or_printed(house, listen, capfd):
    hook = listen(answers=[500])
    put(house)
    logged = io.StringIO()
    handler = logging.StreamHandler(logged)
    logging.getLogger().addHandler(handler)
    deliver(house, hook.url(), f"json://ann:{SECRET}@127.0.0.1:1/{SECRET}")
    logging.getLogger().removeHandler(handler)
    with house.store.database.read() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM outbox").all())
    assert "Address 1 answered with HTTP status 500. Address 2 could" in kept
    assert logged.getvalue() == ""
    assert SECRET not in kept + "".join(capfd.readouterr())
    assert SECRET not in repr(notify.addresses(telling(house, hook.url()).settings))


def test_apprise_keeps_nothing_on_disk_and_loads_nothing_from_there():
    asset = notify.quiet()
    assert str(asset.storage_mode.value) == "memory"
    assert (asset.storage_path, list(asset.plugin_paths or ())) == (None, [])
    assert (asset.pgp_autogen, asset.pem_autogen, asset.http_redirects) == (False, False, False)


def test_apprise_is_not_loaded_before_something_is_sent():
    code = "import sys, queue_jobs.notify, queue_jobs.perform; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
