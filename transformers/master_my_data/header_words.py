"""Which role the words of a column header suggest."""

import re

ROLE_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("email", ("email", "e mail", "mail")),
    ("phone", ("phone", "telephone", "tel", "mobile", "cell", "fax")),
    ("birth date", ("dob", "birth date", "birthdate", "date of birth", "birthday", "born")),
    ("last update", ("updated", "modified", "last update", "last seen", "changed", "timestamp")),
    ("last update", ("created", "loaded", "ingested")),
    ("source", ("source", "source system", "origin", "data source", "src")),
    ("postcode", ("postcode", "post code", "postal code", "zip", "zipcode", "zip code", "postal")),
    ("house number", ("street number", "house number", "house no", "streetnumber", "street no")),
    ("house number", ("unit", "apartment", "flat")),
    ("city", ("city", "town", "suburb", "locality", "municipality")),
    ("state", ("state", "province", "region", "county")),
    ("country", ("country", "nation")),
    ("street", ("street", "address", "addr", "road")),
    ("given name", ("first name", "given name", "firstname", "fname", "forename", "given")),
    ("surname", ("surname", "last name", "lastname", "lname", "family name")),
    ("organisation", ("company", "organisation", "organization", "employer", "business")),
    ("organisation", ("manufacturer", "brand", "vendor")),
    ("price", ("price", "cost", "amount")),
    ("product code", ("sku", "model", "upc", "ean", "isbn", "asin")),
    ("title", ("title",)),
    ("full name", ("name", "full name", "fullname")),
)
ID_WORDS = ("id", "uid", "uuid", "guid", "key", "pk", "index", "rowid", "recid", "idx")
ADDRESS_ROLES = ("house number", "street", "city", "postcode", "state", "country")
NEVER_COMPARED = ("record id", "source", "last update")


def header_words(column: str) -> str:
    """The words of a header in lower case, one space around each: "postCode" → " post code "."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).lower()
    words = re.findall(r"[^\W_\d]+|\d+", spaced)
    return f" {' '.join(words)} "


def role_by_header(column: str) -> str | None:
    """The first role one of whose phrases occurs in the header as whole words."""
    words = header_words(column)
    return next(
        (role for role, phrases in ROLE_WORDS if any(f" {phrase} " in words for phrase in phrases)),
        None,
    )


def names_an_id(column: str) -> bool:
    """True when a word of the header announces an identifier."""
    words = header_words(column)
    return any(f" {word} " in words for word in ID_WORDS)
