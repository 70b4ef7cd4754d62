"""The Kubernetes manifests, rendered by kubectl and held to the API's schemas and to the service's own settings."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from entrypoints.settings.settings import Settings
from tests.integration.documentation.pages import marked
from tests.project import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
OVERLAYS = ("embedded", "production")
VERSION = "1.37.0"

# What each overlay is made of, by kind; kustomize adds a hash to names of configuration.
KINDS = {
    "embedded": {"ConfigMap", "Deployment", "NetworkPolicy", "PersistentVolumeClaim", "Service", "ServiceAccount"},
    "production": {
        *("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Job", "NetworkPolicy", "PodDisruptionBudget"),
        *("Service", "ServiceAccount"),
    },
}

Manifest = dict[str, Any]


def kustomize_major() -> int:
    """Return the major version of kubectl's kustomize; 0 without kubectl."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return 0
    told = subprocess.run([kubectl, "version", "--client", "--output=json"], capture_output=True, check=False)  # noqa: S603 -- kubectl
    version = json.loads(told.stdout or b"{}").get("kustomizeVersion", "v0")
    return int(version.removeprefix("v").split(".")[0])


@pytest.fixture(scope="module", params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> tuple[str, list[Manifest]]:
    """Return the name and the rendered manifests of each overlay."""
    if kustomize_major() < 5:
        pytest.skip("no kubectl with kustomize 5: the rendered overlays stay unchecked")
    command = [str(shutil.which("kubectl")), "kustomize", str(FOLDER / request.param)]
    rendered = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 -- kubectl
    assert rendered.stderr == b""
    return request.param, list(yaml.safe_load_all(rendered.stdout))


def manifests_in_files() -> Iterator[Manifest]:
    """Yield whatever is a whole manifest in the files."""
    for file in sorted(FOLDER.rglob("*.yaml")):
        if file.name != "kustomization.yaml" and file.parent.name + file.name not in {
            f"{name}deployment.yaml"
            for name in OVERLAYS  # patches
        }:
            yield from yaml.safe_load_all(file.read_text())


def pods(manifests: list[Manifest]) -> Iterator[Manifest]:
    for manifest in manifests:
        if manifest["kind"] in {"Deployment", "Job"}:
            yield manifest["spec"]["template"]["spec"]


def test_each_file_suits_the_schemas_of_the_api() -> None:
    found = list(manifests_in_files())
    assert len(found) >= 11
    for manifest in found:
        kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_a_wrong_manifest_does_not_suit_them() -> None:
    wrong = next(each for each in manifests_in_files() if each["kind"] == "HorizontalPodAutoscaler")
    wrong["spec"]["maxReplica"] = wrong["spec"].pop("maxReplicas")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_each_overlay_is_whole_and_suits_the_schemas(overlay: tuple[str, list[Manifest]]) -> None:
    name, manifests = overlay
    assert {manifest["kind"] for manifest in manifests} == KINDS[name]
    for manifest in manifests:
        kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_pods_are_confined_as_the_restricted_standard_wants(overlay: tuple[str, list[Manifest]]) -> None:
    for pod in pods(overlay[1]):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert set(container["resources"]["limits"]) == {"cpu", "memory"}
            assert container["image"] == "crossrate:0.2.0"


def test_policies_and_services_select_pods_that_exist(overlay: tuple[str, list[Manifest]]) -> None:
    labels = [
        each["spec"]["template"]["metadata"]["labels"] for each in overlay[1] if "template" in each.get("spec", {})
    ]
    for manifest in overlay[1]:
        spec = manifest.get("spec", {})
        selector = spec.get("podSelector", {}).get("matchLabels") or (
            spec.get("selector") if manifest["kind"] == "Service" else None
        )
        if selector:
            assert any(selector.items() <= each.items() for each in labels), manifest["metadata"]["name"]


def test_settings_are_those_of_the_service_and_secrets_come_from_files(overlay: tuple[str, list[Manifest]]) -> None:
    known = {f"CROSSRATE_{name.upper()}" for name in Settings.model_fields}
    for pod in pods(overlay[1]):
        (container,) = pod["containers"]
        (chosen,) = (each["configMapRef"]["name"] for each in container["envFrom"])
        (settings,) = (each["data"] for each in overlay[1] if each["metadata"]["name"] == chosen)
        given = settings | {each["name"]: each["value"] for each in container.get("env", ())}
        assert {name.removesuffix("_FILE") for name in given if name not in known} <= known
        mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
        for name, value in given.items():
            if name.endswith("_FILE") and value:
                assert any(value.startswith(f"{mount}/") for mount in mounts), name
            assert not name.endswith(("_PASSWORD", "_SECRET")), "a Secret is mounted, never written down"


def test_the_documented_secrets_hold_every_file_that_pods_read(overlay: tuple[str, list[Manifest]]) -> None:
    name, manifests = overlay
    (commands,) = marked(ROOT / "docs" / "deploy.md", "cluster")
    documented = {
        command[0]: set(re.findall(r"--from-file=([\w-]+)", command[1]))
        for command in re.findall(r"create secret generic (\S+)((?:\s+(?:--from-file=\S+|\\))+)", commands)
    }
    read = dict[str, set[str]]()
    for pod in pods(manifests):
        mounted = [each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each]
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            files = re.findall(r"/run/secrets/crossrate/([\w-]+)", json.dumps(container.get("env", ())))
            for secret in mounted:
                read.setdefault(secret, set()).update(files)
    shared = [each["data"] for each in manifests if each["kind"] == "ConfigMap"]
    everywhere = set(re.findall(r"/run/secrets/crossrate/([\w-]+)", json.dumps(shared)))
    assert set(documented) == {"crossrate", "crossrate-owner"}
    assert set(read) == (set(documented) if name == "production" else set())
    for secret, needed in read.items():
        assert needed <= documented[secret]
    if name == "production":
        assert everywhere <= documented["crossrate"]
        assert f"deploy/kubernetes/{name}" in commands
