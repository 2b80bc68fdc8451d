"""Rows as JSON and as JSON lines: the formats are `json` and `jsonl`.

Order: text, values, objects, json, jsonl.
"""
