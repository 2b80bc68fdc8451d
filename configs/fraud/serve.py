"""Answers rows over HTTP: POST {"amount": 49.90, ...} gives {"points": 0, "decision": "accept"}."""

import json
import os
import sys
from decimal import Decimal
from fractions import Fraction
from wsgiref.simple_server import make_server

import nnc

MOST = 1 << 20  # bytes of a row
if not os.environ.get("NNC_NETWORK") and (len(sys.argv) != 3 or not sys.argv[2].isdecimal()):
    sys.exit("usage: python serve.py NETWORK PORT, or NNC_NETWORK=NETWORK for a server of WSGI")
try:
    NETWORK = nnc.load(os.environ.get("NNC_NETWORK") or sys.argv[1])
except nnc.NncError as error:
    sys.exit(str(error))
PLAN = nnc.compile(NETWORK)
ABOUT = {"network": NETWORK.name, "structure": nnc.digest(PLAN)}


def answer(text):
    """Return the status and the answer for the JSON of a row."""
    try:
        row = json.loads(
            text, parse_float=Decimal, parse_constant=refused, object_pairs_hook=mapping
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        return "400 Bad Request", {"errors": [{"message": f"the row cannot be read: {error}"}]}
    if not isinstance(row, dict):
        return "400 Bad Request", {"errors": [{"message": "a row is a JSON object"}]}
    quoted = {name for name, value in row.items() if is_quoted(name, value)}
    wrong = [
        {
            "code": "NNC208",
            "message": f"input `{name}`: a text is not a number",
            "help": "write the number without quotes",
        }
        for name in sorted(quoted)
    ]
    try:
        outputs = nnc.evaluate(PLAN, [row], extra="error")
    except nnc.InvalidRowsError as error:
        wrong += [
            {"code": one.about.code, "message": one.message, "help": one.help}
            for one in error.diagnostics
            if quoted.isdisjoint(one.path)
        ]
    if wrong:
        return "422 Unprocessable Content", {"errors": wrong}
    return "200 OK", {name: plain(values.tolist()[0]) for name, values in outputs.items()}


def mapping(pairs):
    """Return a JSON object, whose names are all different."""
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return row


def refused(word):
    """Refuse NaN and infinities, which Python reads and JSON does not have."""
    raise ValueError(f"{word} is not JSON")


def is_quoted(name, value):
    """Return whether a number is written as a text, which nnc.evaluate reads as in CSV."""
    if name not in PLAN.inputs or PLAN.inputs[name].type == "choice":
        return False
    return any(isinstance(one, str) for one in (value if isinstance(value, list) else [value]))


def plain(value):
    """Return a value as JSON has it: a sum of decimals as the nearest double."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    return float(value) if isinstance(value, Fraction) else value


def application(environ, start_response):
    """Answer a request, as PEP 3333 (WSGI) says."""
    size = environ.get("CONTENT_LENGTH") or ""
    if environ["REQUEST_METHOD"] == "GET":
        status, told = "200 OK", ABOUT
    elif environ["REQUEST_METHOD"] != "POST":
        status, told = "405 Method Not Allowed", {"errors": [{"message": "POST a row"}]}
    elif not size:  # WSGI servers leave the pieces of a chunked request to the application
        message = "a row needs a Content-Length"
        status, told = "411 Length Required", {"errors": [{"message": message}]}
    elif not size.isdecimal() or len(size) > 9 or int(size) > MOST:
        message = f"a row has at most {MOST} bytes"
        status, told = "413 Content Too Large", {"errors": [{"message": message}]}
    else:
        status, told = answer(environ["wsgi.input"].read(int(size)))
    data = json.dumps(told).encode()
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
    )
    return [data]


if __name__ == "__main__":
    with make_server("127.0.0.1", int(sys.argv[2]), application) as server:
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()
