"""A client that is made from nothing but the API's schema: a method for each operation."""

from collections.abc import Callable
from typing import Any

import jsonschema_rs
from starlette.testclient import TestClient

Schema = dict[str, Any]
Answer = tuple[int, Any]


class SchemaClient:
    """``client.people_add(body={…})``: arguments go where the schema says, and answers are held against it."""

    def __init__(self, schema: Schema, http: TestClient) -> None:
        self._http, self._schema = http, schema
        self._operations = {
            operation["operationId"]: (path, method, operation)
            for path, methods in schema["paths"].items()
            for method, operation in methods.items()
        }

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith("_") or name not in self._operations:
            raise AttributeError(name)
        return lambda **arguments: self._call(*self._operations[name], arguments)

    def _call(self, path: str, method: str, operation: Schema, arguments: Schema) -> Answer:
        body, query, headers = arguments.pop("body", None), {}, {}
        for parameter in operation.get("parameters", ()):
            name = parameter["name"]
            key = name.replace("-", "_").lower()
            if key not in arguments:
                assert not parameter.get("required"), f"{operation['operationId']} needs {key}"
                continue
            value = arguments.pop(key)
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", str(value))
            else:
                (query if parameter["in"] == "query" else headers)[name] = value
        assert not arguments, f"{operation['operationId']} takes no {', '.join(arguments)}"
        answer = self._http.request(method.upper(), path, params=query, headers=headers, **_sent(operation, body))
        return answer.status_code, self._checked(operation, answer)

    def _checked(self, operation: Schema, answer: Any) -> Any:
        told = operation["responses"][str(answer.status_code)].get("content", {})
        if not told:
            return None
        kind = answer.headers["content-type"].partition(";")[0]
        if "json" not in kind:
            assert kind in told
            return answer.content
        document = answer.json()
        components = {"components": self._schema["components"]}
        jsonschema_rs.validate({**told[kind]["schema"], **components}, document)
        return document


def _sent(operation: Schema, body: Any) -> Schema:
    if body is None:
        return {}
    kinds = operation["requestBody"]["content"]
    if isinstance(body, bytes):
        return {"content": body, "headers": {}} if not kinds else {"content": body}
    assert "application/json" in kinds
    return {"json": body}
