/** A pod as a running one looks: about 3 KiB of JSON. */
export function podLike(i: number): object {
  const name = `web-7d4b9c6f5-${i.toString(36).padStart(5, "0")}`;
  const time = "2026-01-01T00:00:00Z";
  const condition = (type: string): object => ({
    type,
    status: "True",
    observedGeneration: 1,
    lastProbeTime: null,
    lastTransitionTime: time,
  });
  return {
    metadata: {
      name,
      generateName: "web-7d4b9c6f5-",
      namespace: "default",
      uid: `0b5c7c3e-1111-4222-8333-${String(i).padStart(12, "0")}`,
      resourceVersion: String(i),
      generation: 1,
      creationTimestamp: time,
      labels: { app: "web", "pod-template-hash": "7d4b9c6f5" },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7d4b9c6f5", uid: "u", controller: true },
      ],
      managedFields: ["kube-controller-manager", "kubelet"].map((manager) => ({
        manager,
        operation: "Update",
        apiVersion: "v1",
        time,
        fieldsType: "FieldsV1",
        fieldsV1: { "f:metadata": { "f:labels": { ".": {}, "f:app": {} } }, "f:spec": { "f:containers": { ".": {} } } },
      })),
    },
    spec: {
      volumes: [{ name: "kube-api-access", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }],
      containers: ["web", "sidecar"].map((container) => ({
        name: container,
        image: "registry.example.com/team/web:1.27.3",
        ports: [{ containerPort: 8080, protocol: "TCP" }],
        env: Array.from({ length: 6 }, (_, n) => ({ name: `SETTING_${n}`, value: `value-${n}` })),
        resources: { limits: { cpu: "500m", memory: "256Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
        volumeMounts: [{ name: "kube-api-access", readOnly: true, mountPath: "/var/run/secrets" }],
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
        imagePullPolicy: "IfNotPresent",
      })),
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      nodeName: `node-${i % 100}`,
      schedulerName: "default-scheduler",
      tolerations: [
        { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
      ],
    },
    status: {
      phase: "Running",
      conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(condition),
      podIP: `10.1.${i & 255}.7`,
      startTime: time,
      containerStatuses: ["web", "sidecar"].map((container) => ({
        name: container,
        state: { running: { startedAt: time } },
        ready: true,
        restartCount: 0,
        image: "registry.example.com/team/web:1.27.3",
        imageID: "sha256:0123456789abcdef",
        containerID: `containerd://${i}`,
        started: true,
      })),
      qosClass: "Burstable",
    },
  };
}
