"""Steps that several projects share."""
from engine import S


def docker_down():
    return S("Stop services", "docker stop ci-db ci-cache", always=True)


def kill_server():
    return S("Stop server", "kill $(cat server.pid)", always=True)


def rm_tmp():
    return S("Clean up", "rm -r build/tmp", always=True)


def reports():
    return S("Collect reports", "mkdir -p out && cp reports/*.xml out/", always=True)


def ok_clean():
    return S("Clean up", "rm -rf build out *.o", "echo done", always=True)


def versions(*tools):
    return S("Versions", *[t for t in tools])


REQ = "packaging==24.1\nidna==3.7\ncertifi==2024.7.4\n"


def pip(soft=False):
    return S("Install dependencies", "python --version", "pip install --force-reinstall --no-deps -r requirements.txt")


def npm():
    return S("Install dependencies", "node --version", "npm ci")
