//! Resources of many kinds, from templates that are cut, filled and bent.

use sluice_yaml::{Mapping, Node, Value};

use super::words::{self, read};
use super::{World, write};

/// Templates; `NAME`, `REF` and `NS` are replaced.
const TEMPLATES: [&str; 27] = [
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: NAME}, data: {k: v, REF: x, conf: \"a: 1\\nb: {c: [1, 2]}\\n\", j: '{\"a\": {\"b\": \"c\"}}'}}",
    "{apiVersion: v1, kind: Secret, metadata: {name: NAME}, type: Opaque, data: {k: dmFsdWU=}, stringData: {a: b}}",
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: NAME, labels: {app: NAME}, annotations: {note: x}}, spec: {replicas: 2, selector: {matchLabels: {app: NAME}}, strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}, template: {metadata: {labels: {app: NAME}}, spec: {serviceAccountName: REF, imagePullSecrets: [{name: REF}], initContainers: [{name: init, image: 'busybox:1'}], containers: [{name: main, image: 'nginx:1.19', ports: [{containerPort: 80, protocol: TCP}, {containerPort: 53, protocol: UDP}], env: [{name: A, value: b}, {name: C, valueFrom: {configMapKeyRef: {name: REF, key: k}}}, {name: S, valueFrom: {secretKeyRef: {name: REF, key: k}}}], envFrom: [{configMapRef: {name: REF}}, {secretRef: {name: REF}}], volumeMounts: [{name: v, mountPath: /v}], command: [sh, -c, 'echo $(VAR)'], args: ['--name=$(VAR)', '$$x']}, {name: side, image: 'registry:5000/side@sha256:abc'}], volumes: [{name: v, configMap: {name: REF}}, {name: s, secret: {secretName: REF}}, {name: p, persistentVolumeClaim: {claimName: REF}}, {name: e, emptyDir: {}}, {name: pr, projected: {sources: [{configMap: {name: REF}}, {secret: {name: REF}}]}}], tolerations: [{key: k, effect: NoSchedule}], affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: h, labelSelector: {matchLabels: {app: NAME}}}]}}}}}}",
    "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: NAME}, spec: {serviceName: REF, replicas: 1, selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {containers: [{name: main, image: redis, env: [{name: A, value: 'x'}]}]}}, volumeClaimTemplates: [{metadata: {name: data, labels: {app: x}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}}",
    "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: NAME}, spec: {selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {containers: [{name: main, image: 'nginx'}], volumes: [{name: c, configMap: {name: REF, items: [{key: a, path: b}]}}]}}}}",
    "{apiVersion: batch/v1, kind: Job, metadata: {name: NAME}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: j, image: 'nginx:1', envFrom: [{secretRef: {name: REF}}]}]}}}}",
    "{apiVersion: batch/v1beta1, kind: CronJob, metadata: {name: NAME}, spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {metadata: {labels: {a: b}}, spec: {containers: [{name: j, image: 'busybox', volumeMounts: [{mountPath: /a, name: x}]}], volumes: [{name: x, secret: {secretName: REF}}]}}}}}}",
    "{apiVersion: v1, kind: Service, metadata: {name: NAME, labels: {app: NAME}}, spec: {type: ClusterIP, selector: {app: NAME}, ports: [{name: http, port: 80, targetPort: http, protocol: TCP}, {name: dns, port: 53, protocol: UDP}]}}",
    "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: NAME, annotations: {a.b/c: 'REF'}}, spec: {ingressClassName: REF, tls: [{secretName: REF, hosts: [h]}], defaultBackend: {service: {name: REF, port: {number: 80}}}, rules: [{host: h, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: REF, port: {number: 80}}}}]}}]}}",
    "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: NAME}, spec: {podSelector: {matchLabels: {app: x}}, ingress: [{from: [{podSelector: {matchLabels: {app: y}}}, {namespaceSelector: {matchLabels: {n: s}}}]}], egress: [{to: [{podSelector: {matchLabels: {app: z}}}]}]}}",
    "{apiVersion: v1, kind: ServiceAccount, metadata: {name: NAME}, imagePullSecrets: [{name: REF}], secrets: [{name: REF}]}",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: NAME}, rules: [{apiGroups: [''], resources: [configmaps, secrets], resourceNames: [REF], verbs: [get]}]}",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: NAME}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: REF}, subjects: [{kind: ServiceAccount, name: REF, namespace: NS}, {kind: ServiceAccount, name: default, namespace: default}, {kind: User, name: REF}]}",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: NAME}, aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}, rules: []}",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: NAME}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: REF}, subjects: [{kind: ServiceAccount, name: REF, namespace: NS}]}",
    "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: NAME}, spec: {storageClassName: REF, volumeName: REF, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}",
    "{apiVersion: v1, kind: PersistentVolume, metadata: {name: NAME}, spec: {storageClassName: REF, capacity: {storage: 1Gi}, claimRef: {name: REF, namespace: NS}, hostPath: {path: /x}}}",
    "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: NAME}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: REF}, minReplicas: 1, maxReplicas: 3, metrics: [{type: Resource, resource: {name: cpu}}]}}",
    "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: NAME}, spec: {minAvailable: 1, selector: {matchLabels: {app: x}}}}",
    "{apiVersion: v1, kind: Namespace, metadata: {name: NAME, labels: {a: b}}}",
    "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.example.com}, spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Namespaced, conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: REF, namespace: NS}}}}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}",
    "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: NAME}, webhooks: [{name: a.b.c, clientConfig: {service: {name: REF, namespace: NS}}, rules: [{operations: [CREATE]}]}, {name: d.e.f, clientConfig: {service: {name: REF, namespace: other}}}]}",
    "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.example.com}, spec: {service: {name: REF, namespace: NS}, group: example.com, version: v1}}",
    "{apiVersion: example.com/v1, kind: Thing, metadata: {name: NAME}, spec: {ref: {name: REF}, items: [{name: a, v: 1}, {name: b, v: 2}], list: [x, y], image: 'nginx:1', template: {containers: [{name: c, image: 'nginx:2'}]}, nothing: null, empty: {}, none: []}}",
    "{apiVersion: v1, kind: Pod, metadata: {name: NAME}, spec: {containers: [{name: main, image: 'nginx:1.19', env: [{name: N, value: REF}]}], volumes: [{name: v, projected: {sources: [{secret: {name: REF}}]}}], hostAliases: [{ip: 1.2.3.4, hostnames: [a]}]}}",
    "{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: NAME}, spec: {backend: {serviceName: REF, servicePort: 80}, rules: [{http: {paths: [{backend: {serviceName: REF, servicePort: 80}}]}}]}}",
    "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: NAME}, provisioner: p, parameters: {a: b}}",
];

/// Writes resources into files of a directory, and says the names of the files.
pub(crate) fn files(world: &mut World, directory: &str, most: usize) -> Vec<String> {
    let count = 1 + world.chance.below(most);
    let mut made = Vec::new();
    for _ in 0..count {
        // Most cases should build, so most resources differ.
        let tries = if world.chance.one_in(40) { 1 } else { 6 };
        let fresh = (0..tries).map(|_| resource(world)).collect::<Vec<_>>();
        let same = |a: &Node, b: &Node| {
            ["kind", "metadata"].iter().all(|field| {
                let name = |node: &Node| {
                    node.get(field)
                        .and_then(|n| n.get("name").or(Some(n)))
                        .and_then(Node::text)
                        .map(str::to_owned)
                };
                name(a) == name(b)
            })
        };
        if let Some(node) = fresh.into_iter().find(|node| !world.known.iter().any(|known| same(known, node)))
        {
            world.known.push(node.clone());
            made.push(node);
        }
    }
    let mut names = Vec::new();
    let mut rest = &made[..];
    while !rest.is_empty() {
        let (now, later) = rest.split_at(1 + world.chance.below(rest.len()));
        rest = later;
        let text = if world.chance.one_in(12) {
            write::document(world, &list_of(now))
        } else {
            write::stream(world, now)
        };
        names.push(world.file(directory, "r", text));
    }
    names
}

fn list_of(nodes: &[Node]) -> Node {
    let mut list = read("{apiVersion: v1, kind: List}");
    if let Some(mapping) = list.as_mapping_mut() {
        mapping.set("items", Value::Sequence(nodes.to_vec()).into());
    }
    list
}

/// One resource.
pub(crate) fn resource(world: &mut World) -> Node {
    let template = world.chance.pick(&TEMPLATES);
    let mut node = read(template);
    let name = words::name(world);
    fill(world, &mut node, name);
    let namespace = words::namespace(world);
    if let (false, Some(metadata)) =
        (namespace.is_empty(), node.get_mut("metadata").and_then(Node::as_mapping_mut))
    {
        metadata.set("namespace", Node::string(namespace));
    }
    for _ in 0..world.chance.below(4) {
        bend(world, &mut node, 0);
    }
    if world.chance.one_in(25)
        && let Some(root) = node.as_mapping_mut()
    {
        let pair = odd_annotation(world);
        let metadata = root.entry("metadata", Node::mapping);
        if let Some(metadata) = metadata.as_mapping_mut() {
            metadata.set("annotations", pair);
        }
    }
    node
}

fn odd_annotation(world: &mut World) -> Node {
    read(world.chance.pick(&[
        "{config.kubernetes.io/local-config: 'true'}",
        "{config.kubernetes.io/local-config: 'false'}",
        "{internal.config.kubernetes.io/path: x, keep: 'y'}",
        "{config.kubernetes.io/index: '1', config.kubernetes.io/path: a}",
        "{kustomize.config.k8s.io/behavior: merge}",
        "{empty: '', number: 1, flag: true}",
        "{}",
    ]))
}

/// Puts names where the template leaves room.
fn fill(world: &mut World, node: &mut Node, name: &str) {
    match &mut node.value {
        Value::Scalar(scalar) => {
            let new = match scalar.text.as_str() {
                "NAME" => name,
                "REF" => words::name(world),
                "NS" => world.chance.pick(&["default", "prod", "dev", "other"]),
                _ => return,
            };
            *node = Node::string(new);
        }
        Value::Sequence(items) => items.iter_mut().for_each(|item| fill(world, item, name)),
        Value::Mapping(mapping) => {
            let entries = std::mem::take(mapping);
            for (key, mut value) in entries {
                fill(world, &mut value, name);
                let key = if key.text() == Some("REF") { Node::string(words::key(world)) } else { key };
                mapping.push(key, value);
            }
        }
    }
}

/// Changes one thing somewhere: leaves a field out, replaces a value, adds a field or an element.
pub(crate) fn bend(world: &mut World, node: &mut Node, depth: usize) {
    match &mut node.value {
        Value::Mapping(mapping) if !mapping.is_empty() => bend_mapping(world, mapping, depth),
        Value::Sequence(items) if !items.is_empty() => {
            let at = world.chance.below(items.len());
            match world.chance.below(8) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 if world.wild => items.push(words::scalar(world)),
                3 => items.reverse(),
                _ => bend(world, &mut items[at], depth + 1),
            }
        }
        Value::Scalar(_) => *node = words::scalar(world),
        _ if world.wild && world.chance.one_in(20) => *node = words::scalar(world),
        _ => {}
    }
}

fn bend_mapping(world: &mut World, mapping: &mut Mapping, depth: usize) {
    let keys: Vec<String> = mapping.keys().map(str::to_owned).collect();
    let key = &keys[world.chance.below(keys.len())];
    let essential = depth < 2 && matches!(key.as_str(), "apiVersion" | "kind" | "metadata" | "name");
    match world.chance.below(10) {
        0 if !essential => drop(mapping.remove(key)),
        1 if depth > 0 && world.wild => {
            let value = words::scalar(world);
            let name = words::key(world);
            mapping.set_entry(Node::string(name), value);
        }
        2 if !essential && world.wild && world.chance.one_in(3) => {
            let odd = world.chance.pick(&["null", "{}", "[]", "''", "~"]);
            mapping.set(key, read(odd));
        }
        _ => match mapping.get_mut(key) {
            Some(value) if !essential || value.as_scalar().is_none() => bend(world, value, depth + 1),
            _ => {}
        },
    }
}
