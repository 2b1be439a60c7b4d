"""Debian's client library for Python, as programs use it.

Called with a kubeconfig and a namespace. Each function below is a check; its first line says the rule. One line of
JSON a check goes to standard output: the rule, and the error where it does not hold.
"""

import json
import logging
import os
import sys
import threading
import traceback

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock
from kubernetes.stream import portforward, stream

KUBECONFIG, NAMESPACE = sys.argv[1:3]
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def config_map(name, data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"of": name}), data=data)


def running_pod(core, name, annotations=None):
    container = client.V1Container(name="main", image="busybox")
    meta = client.V1ObjectMeta(name=name, labels={"of": name}, annotations=annotations)
    core.create_namespaced_pod(NAMESPACE, client.V1Pod(metadata=meta, spec=client.V1PodSpec(containers=[container])))
    watching = watch.Watch()
    events = watching.stream(core.list_namespaced_pod, NAMESPACE, label_selector=f"of={name}", timeout_seconds=20)
    for event in events:
        if event["object"].status.phase == "Running":
            watching.stop()
            return
    raise AssertionError(f"pod {name} did not run")


@check
def whole_life(core):
    """an object is created, read, replaced, listed and deleted"""
    made = core.create_namespaced_config_map(NAMESPACE, config_map("py-life", {"a": "1"}))
    made.data = {"a": "2"}
    replaced = core.replace_namespaced_config_map("py-life", NAMESPACE, made)
    assert replaced.data == {"a": "2"}, replaced.data
    try:
        core.replace_namespaced_config_map("py-life", NAMESPACE, made)
        raise AssertionError("an old resourceVersion was accepted")
    except ApiException as refused:
        assert refused.status == 409, refused
    listed = core.list_namespaced_config_map(NAMESPACE, label_selector="of=py-life").items
    assert [each.metadata.name for each in listed] == ["py-life"], listed
    core.delete_namespaced_config_map("py-life", NAMESPACE)
    try:
        core.read_namespaced_config_map("py-life", NAMESPACE)
        raise AssertionError("it is still there")
    except ApiException as refused:
        assert refused.status == 404, refused
        assert json.loads(refused.body)["reason"] == "NotFound", refused.body


@check
def pages(core):
    """a list comes in pages"""
    for letter in "abc":
        core.create_namespaced_config_map(NAMESPACE, config_map(f"py-page-{letter}", {}))
    seen, token = [], None
    while True:
        page = core.list_namespaced_config_map(NAMESPACE, limit=1, _continue=token)
        assert len(page.items) <= 1
        seen += [each.metadata.name for each in page.items]
        token = page.metadata._continue
        if not token:
            break
    assert [name for name in seen if name.startswith("py-page-")] == ["py-page-a", "py-page-b", "py-page-c"], seen


@check
def patches(core):
    """patches: strategic merge where the body is an object, JSON patch where it is a list"""
    core.create_namespaced_config_map(NAMESPACE, config_map("py-patch", {"a": "1"}))
    merged = core.patch_namespaced_config_map("py-patch", NAMESPACE, {"data": {"b": "2"}})
    assert merged.data == {"a": "1", "b": "2"}, merged.data
    removed = core.patch_namespaced_config_map("py-patch", NAMESPACE, [{"op": "remove", "path": "/data/a"}])
    assert removed.data == {"b": "2"}, removed.data


@check
def watching(core):
    """a watch from a revision tells what came after it"""
    before = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    core.create_namespaced_config_map(NAMESPACE, config_map("py-watch", {}))
    core.delete_namespaced_config_map("py-watch", NAMESPACE)
    seen = []
    watch_ = watch.Watch()
    events = watch_.stream(
        core.list_namespaced_config_map,
        NAMESPACE,
        label_selector="of=py-watch",
        resource_version=before,
        timeout_seconds=20,
    )
    for event in events:
        seen.append(event["type"])
        if event["type"] == "DELETED":
            watch_.stop()
    assert seen == ["ADDED", "DELETED"], seen


@check
def dynamic_apply(core):
    """the dynamic client discovers kinds, applies and patches them"""
    discovered = dynamic.DynamicClient(core.api_client)
    maps = discovered.resources.get(api_version="v1", kind="ConfigMap")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "py-apply"}, "data": {"a": "1"}}
    # The library sends an object as JSON text only under names of JSON.
    text = json.dumps(body)
    made = maps.server_side_apply(body=text, name="py-apply", namespace=NAMESPACE, field_manager="python")
    assert made.metadata.managedFields[0].operation == "Apply", made
    content_type = "application/merge-patch+json"
    merged = maps.patch(
        body={"data": {"b": "2"}}, name="py-apply", namespace=NAMESPACE, content_type=content_type
    )
    assert merged.to_dict()["data"] == {"a": "1", "b": "2"}, merged
    deployments = discovered.resources.get(api_version="apps/v1", kind="Deployment")
    assert deployments.namespaced and "scale" in deployments.subresources, deployments


@check
def logs(core):
    """a log is read, whole and its end"""
    running_pod(core, "py-log", {"sim.tiphys.dev/log": "one\ntwo"})
    assert core.read_namespaced_pod_log("py-log", NAMESPACE) == "one\ntwo\n"
    assert core.read_namespaced_pod_log("py-log", NAMESPACE, tail_lines=1) == "two\n"


@check
def execution(core):
    """exec gives output and the exit code, and takes input"""
    running_pod(core, "py-exec")
    connect = core.connect_get_namespaced_pod_exec
    said = stream(connect, "py-exec", NAMESPACE, command=["echo", "hello"], stdout=True, stderr=True)
    assert said == "hello\n", said
    process = stream(
        connect,
        "py-exec",
        NAMESPACE,
        command=["sh", "-c", "exit 3"],
        stdout=True,
        stderr=True,
        _preload_content=False,
    )
    process.run_forever(timeout=10)
    assert process.returncode == 3, process.returncode
    cat = stream(
        connect,
        "py-exec",
        NAMESPACE,
        command=["cat"],
        stdin=True,
        stdout=True,
        stderr=True,
        _preload_content=False,
    )
    cat.write_stdin("back\n")
    assert cat.readline_stdout(timeout=10) == "back"
    cat.close()


@check
def forwarding(core):
    """port-forward carries bytes both ways"""
    running_pod(core, "py-forward")
    forward = portforward(core.connect_get_namespaced_pod_portforward, "py-forward", NAMESPACE, ports="80")
    socket = forward.socket(80)
    socket.setblocking(True)
    socket.settimeout(10)
    socket.sendall(b"ping")
    # A simulated pod gives back what it gets.
    assert socket.recv(4) == b"ping"
    socket.close()


@check
def election(core):
    """leader election makes one the leader"""
    leads = threading.Event()
    lock = ConfigMapLock("py-leader", NAMESPACE, "python-1")
    settings = electionconfig.Config(
        lock,
        lease_duration=17,
        renew_deadline=15,
        retry_period=5,
        onstarted_leading=leads.set,
        onstopped_leading=None,
    )
    threading.Thread(target=leaderelection.LeaderElection(settings).run, daemon=True).start()
    assert leads.wait(10), "nobody leads"
    record = core.read_namespaced_config_map("py-leader", NAMESPACE).metadata.annotations
    assert "python-1" in record["control-plane.alpha.kubernetes.io/leader"], record


def main():
    logging.disable(logging.CRITICAL)
    config.load_kube_config(KUBECONFIG)
    core = client.CoreV1Api()
    for each in CHECKS:
        error = None
        try:
            each(core)
        except Exception:  # what went wrong is what the caller wants to know
            error = traceback.format_exc()
        print(json.dumps({"rule": each.__doc__, "error": error}), flush=True)
    # The library's threads for forwarding and election never end.
    os._exit(0)


main()
