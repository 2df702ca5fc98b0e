"""Where a dataset can come from instead of an upload, as the user writes it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from core import Params

Kind = Literal["url", "bucket", "database"]


class Source(Params):
    """An address, or a query of a database that the settings name; never both."""

    url: str = Field(
        "",
        max_length=2_048,
        title="Address",
        description="https://host/file.csv or s3://bucket/file.csv.",
    )
    database: str = Field(
        "",
        max_length=64,
        title="Database",
        description="Name of a database in SOURCE_DATABASES.",
    )
    query: str = Field(
        "",
        max_length=20_000,
        title="Query",
        description="One SELECT; its rows become the dataset.",
    )

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        """Either an address or a database with a query."""
        if bool(self.url) == bool(self.database) or bool(self.database) != bool(self.query.strip()):
            raise ValueError("give an address, or a database and a query")
        if "\0" in self.query:
            raise ValueError("a query holds no NUL character")
        return self

    @property
    def kind(self) -> Kind:
        """What has to be asked."""
        if self.database:
            return "database"
        return "bucket" if self.url.lower().startswith("s3://") else "url"
