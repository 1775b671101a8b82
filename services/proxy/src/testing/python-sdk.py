"""Calls the proxy with the official Python SDK of OpenAI, unmodified, as a test asks for it.

Each line in is a JSON object: `id`, `way` (a function of this file that is listed in WAYS), `client` (options of the client)
and `body` (arguments of the call). Each line out is one with the same `id`, and `answer` or `error`. Calls run at the same time.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Lock

import openai
from pydantic import BaseModel


class Weather(BaseModel):
    city: str
    celsius: float
    is_raining: bool


def create(client, body):
    return client.chat.completions.create(**body).model_dump()


def create_with_headers(client, body):
    raw = client.chat.completions.with_raw_response.create(**body)
    return {"answer": raw.parse().model_dump(), "headers": dict(raw.headers), "request_id": raw.request_id}


def stream(client, body):
    return [chunk.model_dump() for chunk in client.chat.completions.create(**body, stream=True)]


def stream_helper(client, body):
    with client.chat.completions.stream(**body) as events:
        for _ in events:
            pass
        return events.get_final_completion().model_dump()


def leave_stream(client, body):
    """Reads the first text, and closes the stream. Gives that text."""
    with client.chat.completions.create(**body, stream=True) as chunks:
        return next(text for chunk in chunks if (text := chunk.choices[0].delta.content))


def parse(client, body):
    completion = client.chat.completions.parse(**body, response_format=Weather)
    return Weather.model_validate(completion.choices[0].message.parsed).model_dump()


def use_tools(client, body):
    """Gives the result of every tool call back, until the model calls none. Gives the last answer, and the calls."""
    messages, calls = list(body["messages"]), []
    while True:
        message = client.chat.completions.create(**{**body, "messages": messages}).choices[0].message
        messages.append(message)
        if not message.tool_calls:
            return {"content": message.content, "calls": calls}
        for call in message.tool_calls:
            calls.append({"name": call.function.name, "arguments": json.loads(call.function.arguments)})
            messages.append({"role": "tool", "tool_call_id": call.id, "content": "31 degrees and rain"})


def list_models(client, _):
    return [model.model_dump() for model in client.models.list()]


def retrieve_model(client, body):
    return client.models.retrieve(body["model"]).model_dump()


WAYS = {
    way.__name__: way
    for way in (
        create,
        create_with_headers,
        stream,
        stream_helper,
        leave_stream,
        parse,
        use_tools,
        list_models,
        retrieve_model,
    )
}


printing = Lock()


@lru_cache
def client_of(options):
    """A client is costly to make, and calls may share it."""
    return openai.OpenAI(**json.loads(options))


def run(command):
    try:
        return {"answer": WAYS[command["way"]](client_of(json.dumps(command["client"])), command["body"])}
    except Exception as error:
        told = {name: getattr(error, name, None) for name in ("status_code", "code", "param", "type", "request_id")}
        headers = dict(error.response.headers) if isinstance(error, openai.APIStatusError) else {}
        is_own = isinstance(error, openai.OpenAIError)
        return {"error": {"name": type(error).__name__, "is_own": is_own, "headers": headers, "message": str(error), **told}}


def answer(line):
    command = json.loads(line)
    text = json.dumps({"id": command["id"], **run(command)})
    with printing:
        print(text, flush=True)


with ThreadPoolExecutor(max_workers=8) as pool:
    for line in sys.stdin:
        pool.submit(answer, line)
