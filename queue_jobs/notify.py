"""Tells the addresses of NOTIFY_URLS what is in the outbox: webhooks, e-mail and more, by Apprise.

Apprise is imported by the functions that use it: a worker never needs it.
"""

import hashlib
import logging
import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from core import Settings, Transient
from queue_jobs.job_queue import JobQueue
from queue_jobs.logs import log
from store import outbox
from store.database import Database
from store.outbox import Notification

if TYPE_CHECKING:
    from apprise import AppriseAsset

ROUND = 50
PAUSE_SECONDS = 5.0
ANSWER_SECONDS = 15.0
CLAIM_SECONDS = 4 * ANSWER_SECONDS
"""How long a notification belongs to its sender, who needs little more than ANSWER_SECONDS."""

LONGEST_TEXT = 500
"""Characters of a title, or of one value: some services refuse messages of a few thousand."""

BETWEEN = re.compile(r"\s+|,(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)
"""A comma separates addresses only before another one: `?to=a@x.org,b@x.org` has one of its own."""

TAKES_FIELDS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
TAKES_HEADERS = TAKES_FIELDS | {"mailto", "mailtos"}

OF_THE_SERVICE = frozenset({"version", "title", "message", "attachments", "type"})
"""Fields of Apprise's own; another value of that name would rename them."""

TYPES = {"COMPLETED": "success", "FAILED": "failure", "EXPIRED": "failure", "CANCELLED": "info"}

SILENT = "could not be reached, did not answer in time, or refused"


@dataclass(frozen=True)
class Address:
    """One address of NOTIFY_URLS. Messages name its position, since all of it may be a secret."""

    number: int
    url: str = field(repr=False)


@dataclass(frozen=True)
class Message:
    """What people read, and the fields that a webhook gets beside it."""

    title: str
    body: str
    type: str
    fields: Mapping[str, str]


def keep_delivering(queue: JobQueue, stopping: threading.Event) -> None:
    """Deliver every five seconds until `stopping` is set: the body of a daemon thread of its own.

    A slow server holds up this thread and nothing else.
    """
    while not stopping.is_set():
        try:
            deliver(queue)
        except Transient as error:
            log.warning("notifications wait", error=error.message)
        stopping.wait(PAUSE_SECONDS)


def deliver(queue: JobQueue) -> int:
    """Send what is due, 50 at most; return how many have reached every address.

    Safe in several threads and processes at once. An address that does not answer is not asked
    again in this round, so it delays the others by 15 seconds at most; when none answers, the
    round is over. Raises Transient when the database cannot be reached.
    """
    database = queue.store.database
    due = outbox.due(database, ROUND)
    targets = [one for one in addresses(queue.settings) if usable(one)] if due else []
    silent: set[Address] = set()
    count = 0
    for id in due:
        if len(silent) == len(targets):
            break
        notification = outbox.claim(database, id, CLAIM_SECONDS)
        if notification is not None:
            count += deliver_one(database, notification, targets, silent)
    return count


def deliver_one(
    database: Database, notification: Notification, targets: list[Address], silent: set[Address]
) -> bool:
    """Send to every address that has not got it; True when all have it now.

    `silent` are addresses that are not to be asked; it grows by those that do not answer.
    """
    missing = [target for target in targets if mark(target.url) not in notification.accepted]
    asked = [target for target in missing if target not in silent]
    errors = dict.fromkeys(missing, SILENT) | ask_all(asked, notification)
    silent.update(target for target, error in errors.items() if error == SILENT)
    refused = [f"Address {target.number} {error}." for target, error in errors.items() if error]
    if not refused:
        outbox.sent(database, notification.id)
        return True
    now = [mark(target.url) for target, error in errors.items() if not error]
    outbox.failed(database, notification, " ".join(refused), [*notification.accepted, *now])
    log.warning("notification not sent", key=notification.key, error=" ".join(refused))
    return False


def ask_all(targets: Iterable[Address], notification: Notification) -> dict[Address, str]:
    """Send to all addresses at once; what went wrong at each, empty when it has accepted.

    A call into a library cannot be broken off. So each has a daemon thread, which is left
    behind when its time is over and does not keep the process from ending.
    """
    errors = dict.fromkeys(targets, SILENT)
    message = compose(notification)

    def run(target: Address) -> None:
        errors[target] = ask(target, message)

    threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in errors]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + ANSWER_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(errors)


def ask(target: Address, message: Message) -> str:
    """Send to one address; what went wrong, empty when it has accepted."""
    from apprise import Apprise

    sender = Apprise(parts(target.url, message.fields), asset=quiet())
    result = sender.notify(
        message.body, title=message.title, notify_type=message.type, body_format="text"
    )
    if result:
        return ""
    # Only the number is taken from what Apprise says: the rest may quote address and answer.
    said = " ".join(entry.message for entry in result.logs())
    status = re.search(r"error=(\d{3})\b", said)
    return f"answered with HTTP status {status[1]}" if status else SILENT


def compose(notification: Notification) -> Message:
    """The plain text of a notification: no markup, no line breaks from elsewhere."""
    told = {key: one_line(value) for key, value in notification.payload.items() if value}
    fields = {key: value for key, value in told.items() if key not in OF_THE_SERVICE}
    fields |= {"user": one_line(notification.owner)} if notification.owner else {}
    lines = [f"{key.replace('_', ' ').capitalize()}: {value}" for key, value in fields.items()]
    return Message(
        title_of_job(told) if notification.kind == "job" else told.get("title", "Alert"),
        "\n".join([*filter(None, [told.get("message")]), *lines]),
        TYPES.get(told.get("status", ""), "warning"),
        fields | {"id": notification.key, "kind": notification.kind},
    )


def title_of_job(told: Mapping[str, str]) -> str:
    """What became of which tool: "Profile my data: failed"."""
    tool = told["tool"].replace("-", " ").capitalize()
    return f"{tool}: {told['status'].lower()}"


def one_line(value: object) -> str:
    """A text without anything that breaks a line, hides or redirects text."""
    visible = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return " ".join(visible.split())[:LONGEST_TEXT]


def check(settings: Settings) -> list[str]:
    """A sentence for each address that cannot be used; it names its position, never its text."""
    return [
        f"NOTIFY_URLS: address {address.number}{shown(address)} is not complete, or of a kind that "
        "Apprise does not know, and gets nothing. Write it like jsons://host/path or "
        "mailtos://user:password@host, and special characters in a password like %40."
        for address in addresses(settings)
        if not usable(address)
    ]


def shown(address: Address) -> str:
    """The scheme of an address if it is a well-known one, and not a part of a broken secret."""
    scheme = address.url.partition("://")[0].lower()
    return f" ({scheme}://…)" if scheme in TAKES_HEADERS else ""


def usable(address: Address) -> bool:
    """True when Apprise understands the address; nothing is sent."""
    from apprise import Apprise

    return Apprise.instantiate(address.url, asset=quiet()) is not None


def addresses(settings: Settings) -> list[Address]:
    """The addresses of NOTIFY_URLS, separated by commas or white space."""
    texts = [text.strip(",") for text in BETWEEN.split(settings.notify_urls)]
    return [Address(number, text) for number, text in enumerate(filter(None, texts), 1)]


def parts(url: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """A usable address as Apprise takes it apart, with what to send beside the text.

    Webhooks get the fields in their body; they and e-mail get the key in a header, too.
    """
    from apprise.plugins import url_to_dict

    found: dict[str, Any] = url_to_dict(url)  # type: ignore[no-untyped-call]
    if found["schema"] in TAKES_HEADERS:
        found["headers"] = found.get("headers", {}) | {"Idempotency-Key": fields["id"]}
    if found["schema"] in TAKES_FIELDS:
        found["payload"] = found.get("payload", {}) | fields
    return found


@cache
def quiet() -> "AppriseAsset":
    """Apprise without files, plug-ins, pictures from elsewhere, redirects or logs of its own.

    A POST that is redirected arrives as a GET without a body: that must not pass for delivered.
    """
    from apprise import AppriseAsset

    logging.getLogger("apprise").propagate = False
    return AppriseAsset(
        app_id="Assay",
        app_desc="Assay",
        app_url="",
        plugin_paths=None,
        storage_mode="memory",
        secure_logging=True,
        image_path_mask=False,
        image_url_mask="",
        image_url_logo="",
        pgp_autogen=False,
        pem_autogen=False,
        async_mode=False,
        service_timeout=0,
        http_redirects=False,
    )


@cache
def mark(url: str) -> str:
    """What the outbox remembers of an address: slow to guess, since there may be a password in it.

    It stays the same when addresses are added to NOTIFY_URLS or change places.
    """
    return hashlib.scrypt(url.encode(), salt=b"assay outbox", n=2**14, r=8, p=1, dklen=8).hex()
