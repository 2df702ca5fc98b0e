"""One script per screen; they compose what `ui` draws."""
