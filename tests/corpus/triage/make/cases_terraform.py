"""Terraform, run for real (no provider but the built-in one, unless said)."""
from engine import S, case
from common import *
import noise

E = {"TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": "/home/runner/.terraformrc", "CHECKPOINT_DISABLE": "1"}
BASE = "terraform {\n  required_version = \">= 1.5\"\n}\n\nresource \"terraform_data\" \"release\" {\n  input = \"2.4.1\"\n}\n\noutput \"release\" {\n  value = terraform_data.release.output\n}\n"
INIT = S("Init", "terraform version | sed -n 1p", "terraform init -input=false -no-color")


def tf(name, cls, main, first, cmds=("terraform plan -input=false -no-color",), step="Plan", init=INIT, post=(), more=None, **kw):
    n, nf = noise.pick(name, 1)
    steps = n + ([init] if init else []) + [S(step, *cmds, **kw.pop("so", {}))] + list(post)
    case(name, kw.pop("family", "terraform"), cls, steps, first, {"main.tf": main, **nf, **(more or {})}, tools=["terraform"], env=E, **kw)


tf("tf-argument", "configuration", BASE.replace("input = \"2.4.1\"", "inputs = \"2.4.1\""), r"Error: Unsupported argument", doubt="infrastructure code that does not validate: configuration (invalid IaC)")
tf("tf-variable", "configuration", BASE + "\nvariable \"db_password\" {\n  type = string\n}\n", r"Error: No value for required variable", post=[docker_down()])
tf("tf-syntax", "configuration", BASE + "\nresource \"terraform_data\" \"broken\" {\n  input = [1, 2\n}\n", r"^.{0,3}Error: |Error: ", init=None, cmds=["terraform init -input=false"], step="Init", accept=["Error: "])
tf("tf-undeclared", "configuration", BASE + "\noutput \"bucket\" {\n  value = aws_s3_bucket.logs.id\n}\n", r"Error: Reference to undeclared resource", cmds=["terraform validate"], step="Validate")
tf("tf-version", "configuration", BASE.replace(">= 1.5", "~> 1.99"), r"Error: Unsupported Terraform Core version", init=None, cmds=["terraform init -input=false -no-color"], step="Init")
tf("tf-module", "configuration", BASE + "\nmodule \"network\" {\n  source = \"./modules/network\"\n}\n", r"Error: Unreadable module directory|Error: ", init=None, cmds=["terraform init -no-color"], step="Init", accept=["Error: "])
tf("tf-provider-dns", "infrastructure", BASE + "\nprovider \"consul\" {\n  address = \"consul.acme.example\"\n}\nterraform2 {}\n".replace("terraform2 {}\n", "resource \"consul_keys\" \"app\" {\n}\n"), r"Error: Failed to query available provider|Error: ", init=None, cmds=["terraform init -input=false -no-color"], step="Init", accept=["Could not retrieve|lookup|dial"])
tf("tf-backend-refused", "infrastructure", "terraform {\n  backend \"http\" {\n    address = \"http://db.acme.example/state/prod\"\n    retry_max = 1\n  }\n}\n" + BASE.replace("terraform {\n  required_version = \">= 1.5\"\n}\n", ""), r"Error: ", init=None, cmds=["terraform init -input=false -no-color", "terraform plan -no-color -input=false"], accept=["connection refused", "dial tcp"])
tf("tf-backend-503", "infrastructure", "terraform {\n  backend \"http\" {\n    address = \"http://registry.acme.example/state/prod\"\n    retry_max = 1\n  }\n}\n", r"Error: ", init=None, cmds=["terraform init -input=false -no-color", "terraform plan -no-color -input=false"], accept=["503", "HTTP"])
tf("tf-local-exec", "unknown", BASE.replace("input = \"2.4.1\"\n", "input = \"2.4.1\"\n  provisioner \"local-exec\" {\n    command = \"exit 5\"\n  }\n"), r"Error: local-exec provisioner error", cmds=["terraform apply -auto-approve -input=false -no-color"], step="Apply", doubt="a script in the plan exits with 5 and says nothing: unknown; a reader could say configuration") if False else None
tf("tf-lock", "infrastructure", BASE.replace("input = \"2.4.1\"\n", "input = \"2.4.1\"\n  provisioner \"local-exec\" {\n    command = \"sleep 6\"\n  }\n"), r"Error: Error acquiring the state lock", cmds=["terraform apply -auto-approve -input=false -no-color > /dev/null 2>&1 & sleep 3; terraform apply -auto-approve -input=false -no-color"], step="Apply", doubt="a lock held by another run: infrastructure or configuration")
tf("tf-fmt", "code", BASE.replace("  input = ", "  input        = "), r"main.tf", cmds=["terraform fmt -check -diff -no-color"], step="Format", accept=["^[-+]"])
tf("tf-precondition", "test", BASE.replace("input = \"2.4.1\"\n", "input = \"2.4.1\"\n  lifecycle {\n    precondition {\n      condition     = length(\"2.4.1\") > 9\n      error_message = \"The release name must have ten characters.\"\n    }\n  }\n"), r"Error: Resource precondition failed") if False else None
tf("ok-tf", "none", BASE, None, cmds=["terraform apply -auto-approve -input=false -no-color", "echo 'Error: 0'"], step="Apply", post=[kill_server()])
