"""`python -m bench.bare PORT MONGODB`: a bare FastAPI application. One form, one insert, one answer; and one page that
is always the same. It imports nothing else, so that its start and its memory are those of the libraries."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Form
from pymongo import AsyncMongoClient
from pymongo.write_concern import WriteConcern
from starlette.responses import Response


def application(mongodb: str) -> FastAPI:
    app = FastAPI()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongodb)
    forms = client["floor"].get_collection("forms", write_concern=WriteConcern("majority", j=True))

    @app.post("/form")
    async def form(given: Annotated[str, Form()], family: Annotated[str, Form()], email: Annotated[str, Form()]) -> Any:
        done = await forms.insert_one({"given": given, "family": family, "email": email})
        return {"id": str(done.inserted_id)}

    @app.get("/page/{size}")
    async def page(size: int) -> Response:
        return Response(b"x" * size, media_type="text/html")

    return app


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
    )
