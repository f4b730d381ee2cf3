"""Uses the official client against a Hub: ENDPOINT_FILE (endpoint, token) CACHE_DIR -> JSON."""
import hashlib
import json
import os
import sys

endpoint, token = open(sys.argv[1]).read().split()
os.environ.update(HF_ENDPOINT=endpoint, HF_HOME=sys.argv[2], HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_XET="1",
                  HF_HUB_DISABLE_IMPLICIT_TOKEN="1")

from huggingface_hub import HfApi, hf_hub_download  # noqa: E402  (reads the environment when imported)
from huggingface_hub.utils import _pagination  # noqa: E402

api = HfApi(endpoint=endpoint, token=False)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def refusal(action):
    try:
        action()
        return "none"
    except Exception as e:  # the client's own classes are what is looked for
        return type(e).__name__


listed = [m.id for m in api.list_models(author="anna", full=True)]
address = f"{endpoint}/api/models"
pages = 0
url = _pagination.paginate(address, params={"author": "anna", "limit": 2, "full": True}, headers={})
paged = [m["id"] for m in url]
assert paged == listed, (paged, listed)
pages = (len(paged) + 1) // 2

info = api.model_info("anna/lora-00", files_metadata=True)
adapter = next(s for s in info.siblings if s.rfilename.endswith(".safetensors"))
path = hf_hub_download("anna/lora-00", adapter.rfilename, revision=info.sha, endpoint=endpoint, token=False)
gated = next(s for s in api.model_info("anna/gated").siblings if s.rfilename.endswith(".safetensors")).rfilename

print(json.dumps({
    "listed": listed,
    "pages": pages,
    "size": adapter.size,
    "sha256": adapter.lfs.sha256,
    "downloaded": sha256(path),
    "card_license": info.card_data.license,
    "gated": refusal(lambda: hf_hub_download("anna/gated", gated, endpoint=endpoint, token=False)),
    "gated_with_token": sha256(hf_hub_download("anna/gated", gated, endpoint=endpoint, token=token)),
    "missing": refusal(lambda: api.model_info("anna/none")),
    "no_revision": refusal(lambda: api.model_info("anna/lora-00", revision="0" * 40)),
}))
