"""fakesnow's server with the one answer that newer drivers need; run by the Python of the environment that holds fakesnow."""

from __future__ import annotations

import json
import sys

import fakesnow.server as fakesnow
import uvicorn
from starlette.responses import JSONResponse
from starlette.routing import Route


async def login(request):
    """fakesnow's login, with the master token that a driver of version 5 asks for."""
    answer = await fakesnow.login_request(request)
    body = json.loads(answer.body)
    for key, value in {"masterToken": "m", "validityInSeconds": 3600, "masterValidityInSeconds": 14400, "sessionId": 1}.items():
        body["data"].setdefault(key, value)
    return JSONResponse(body)


if __name__ == "__main__":
    others = [route for route in fakesnow.app.router.routes if "login-request" not in route.path]
    fakesnow.app.router.routes[:] = [Route("/session/v1/login-request", login, methods=["POST"]), *others]
    uvicorn.run(fakesnow.app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
