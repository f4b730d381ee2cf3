"""Whether AWS's and Databricks' own libraries take what conf/emr and conf/databricks describe: validate.py CONF

One line a definition; exit code 1 where one is refused. Nothing is sent anywhere.
"""

import json
import re
import sys
from pathlib import Path

import botocore.session
import yaml
from botocore.validate import ParamValidator
from databricks.bundles.jobs import Job


def emr(file: Path) -> str:
    given = json.loads(re.sub(r"\$\{\w+}", "filled in by scripts/submit.sh", file.read_text()))
    if isinstance(given, list):  # as the CLI's add-steps takes them
        steps = [
            {"Name": it.pop("Name"), "ActionOnFailure": it.pop("ActionOnFailure"), "HadoopJarStep": it}
            for it in given
            if it.pop("Type") == "CUSTOM_JAR"
        ]
        return invalid("emr", "AddJobFlowSteps", {"JobFlowId": "a cluster", "Steps": steps})
    return invalid("emr-serverless", "StartJobRun", {"clientToken": "made by the CLI"} | given)


def invalid(service: str, operation: str, call: dict) -> str:
    model = botocore.session.get_session().get_service_model(service)
    return ParamValidator().validate(call, model.operation_model(operation).input_shape).generate_report()


def databricks(file: Path) -> str:
    jobs = yaml.safe_load(file.read_text())["resources"]["jobs"]
    try:
        for job in jobs.values():
            Job.from_dict(job)
    except ValueError as refused:
        return str(refused)
    return ""


def main(conf: Path) -> int:
    refused = 0
    for validate, files in ((emr, conf.glob("emr/*.json")), (databricks, conf.glob("databricks/resources/*.yml"))):
        for file in sorted(files):
            said = validate(file)
            refused += said != ""
            print(file.relative_to(conf), said or "accepted")
    return min(refused, 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
