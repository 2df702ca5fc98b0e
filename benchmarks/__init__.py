"""Speed, memory and quality; each prints a table and compares with peers in the same run."""
