"""Chains of pure steps: table in, table and findings out."""
