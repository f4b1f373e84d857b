"""Judges documents by JSON Schemas, as an editor would.

Reads {"schemas": {name: schema}, "documents": [{"schema": name, "value": …}]} and answers with a
list of the first complaint about each document, or null.
"""

import json
import sys

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

task = json.load(sys.stdin)
validators = {}
for name, schema in task["schemas"].items():
    Draft202012Validator.check_schema(schema)
    validators[name] = Draft202012Validator(schema)

answers = []
for document in task["documents"]:
    error = best_match(validators[document["schema"]].iter_errors(document["value"]))
    answers.append(error and f"{error.json_path}: {error.message}"[:200])
json.dump(answers, sys.stdout)
