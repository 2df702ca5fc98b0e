"""An http(s) address in parts, and whether the settings allow it."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from store.sources.content import refused

PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")
KEPT = "%/?:@!$&'()*+,;=~-._[]|"


@dataclass(frozen=True)
class Target:
    """Where to connect and what to ask for. `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    def join(self, location: str) -> str:
        """The address that a redirect names, which may be relative."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return urljoin(f"{self.scheme}://{host}:{self.port}{self.path}", location)


def permitted(url: str, hosts: str) -> Target:
    """The target of an address whose host and port are on the list (SOURCE_HOSTS).

    Raises UnreadableFile; the message never repeats the address, which may hold a secret.
    """
    target = parse_target(url)
    if not any(covers(entry.strip(), target) for entry in hosts.split(",") if entry.strip()):
        raise refused(
            f"Files from '{target.host}' at port {target.port} are not allowed here; "
            "whoever runs Assay can add the host to SOURCE_HOSTS, or upload the file."
        )
    return target


def parse_target(url: str) -> Target:
    """Split an address. Raises UnreadableFile when it is none, or holds a password."""
    parts = split(url)
    if parts.scheme not in PORTS:
        raise refused("Only addresses that begin with http://, https:// or s3:// can be fetched.")
    if "@" in parts.netloc:
        raise refused("An address with a user name or password is not fetched; leave that out.")
    host, port = host_and_port(parts)
    bracketed = f"[{host}]" if ":" in host else host
    if not HOST.fullmatch(bracketed):
        raise refused("This address names no valid host; check it.")
    path = quote(parts.path or "/", safe=KEPT)
    query = f"?{quote(parts.query, safe=KEPT)}" if parts.query else ""
    return Target(parts.scheme, host, port, path + query)


def split(url: str) -> SplitResult:
    """The parts of an address. Raises UnreadableFile."""
    try:
        # The standard library drops line ends silently, and servers read \ as /.
        if UNSEEN.search(url):
            raise ValueError
        return urlsplit(url)
    except ValueError:
        raise refused("This is not an address; blanks and \\ are written as %20 and %5C.") from None


def host_and_port(parts: SplitResult) -> tuple[str, int]:
    """The host in lower-case ASCII, and the port. Raises UnreadableFile."""
    try:
        host = (parts.hostname or "").removesuffix(".").encode("idna").decode("ascii").lower()
        return host, parts.port or PORTS[parts.scheme]
    except ValueError:
        raise refused("This address names no valid host or port; check it.") from None


def covers(entry: str, target: Target) -> bool:
    """True when an entry of the list (host, .domain, each with :port or without) fits."""
    parts = urlsplit(f"//{entry}")
    name = parts.hostname or ""
    ports = (parts.port,) if parts.port else tuple(PORTS.values())
    fits = target.host.endswith(name) if name.startswith(".") else target.host == name
    return fits and target.port in ports
