"""Answers rows as serve.py does, in FastAPI: uvicorn serve_fastapi:app, with NNC_NETWORK=FILE."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from serve import ABOUT, MOST, answer

app = FastAPI()


@app.get("/")
def about():
    """Say which network answers."""
    return ABOUT


@app.post("/")
async def decide(request: Request):
    """Answer a row; its text is read here, since a model of pydantic would have floats of it."""
    text = b""
    async for part in request.stream():
        text += part
        if len(text) > MOST:
            message = f"a row has at most {MOST} bytes"
            return JSONResponse({"errors": [{"message": message}]}, 413)
    status, content = answer(text)
    return JSONResponse(content, int(status.split()[0]))
