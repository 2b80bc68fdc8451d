"""A certificate and the networks it is about -> accepted or refused; nothing here proves.

Shares no code with `nnc.proofs`: it starts from plans, and docs/proving.md says all it does.

Order: refusal, records, domain, circuit, arithmetic, claims, nearby, statement,
ledger, rows, steps, checker.
"""
