//! Configuration files: built-in plugins, transformer configurations, definitions of custom resources.

use super::World;
use super::patches::indented;

const TRANSFORMERS: [&str; 18] = [
    "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: pre-\nfieldSpecs:\n- path: metadata/name\n",
    "apiVersion: builtin\nkind: SuffixTransformer\nmetadata: {name: x}\nsuffix: -suf\nfieldSpecs:\n- {kind: Deployment, path: metadata/name}\n",
    "apiVersion: builtin\nkind: PrefixSuffixTransformer\nmetadata: {name: x}\nprefix: p-\nsuffix: -s\nfieldSpecs:\n- path: metadata/name\n",
    "apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {name: x, namespace: moved}\nfieldSpecs:\n- {path: metadata/namespace, create: true}\n",
    "apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {name: x, namespace: moved}\nunsetOnly: true\nsetRoleBindingSubjects: allServiceAccounts\nfieldSpecs:\n- {path: metadata/namespace, create: true}\n",
    "apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {name: x, namespace: moved}\nsetRoleBindingSubjects: none\nfieldSpecs:\n- {path: metadata/namespace, create: true}\n",
    "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: x}\nlabels: {added: 'yes'}\nfieldSpecs:\n- {path: metadata/labels, create: true}\n- {path: spec/selector/matchLabels, create: false}\n",
    "apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: x}\nannotations: {added: '1'}\nfieldSpecs:\n- {path: metadata/annotations, create: true}\n",
    "apiVersion: builtin\nkind: ImageTagTransformer\nmetadata: {name: x}\nimageTag: {name: nginx, newTag: v9}\nfieldSpecs:\n- {path: spec/image}\n",
    "apiVersion: builtin\nkind: ReplicaCountTransformer\nmetadata: {name: x}\nreplica: {name: web, count: 7}\nfieldSpecs:\n- {path: spec/replicas, create: true, kind: Deployment}\n",
    "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\ntarget: {kind: Deployment}\npatch: '[{\"op\": \"add\", \"path\": \"/spec/paused\", \"value\": true}]'\n",
    "apiVersion: builtin\nkind: PatchJson6902Transformer\nmetadata: {name: x}\ntarget: {version: v1, kind: ConfigMap, name: web}\njsonOp: '[{\"op\": \"add\", \"path\": \"/data/z\", \"value\": \"1\"}]'\n",
    "apiVersion: builtin\nkind: PatchStrategicMergeTransformer\nmetadata: {name: x}\npatches: '{apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {p: q}}'\n",
    "apiVersion: builtin\nkind: ReplacementTransformer\nmetadata: {name: x}\nreplacements:\n- source: {kind: ConfigMap, name: web, fieldPath: data.k}\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: [spec.template.spec.containers.0.image]\n",
    "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: x}\nvalue: val\ntargets:\n- {fieldPath: metadata/labels/added}\n- {selector: {kind: Namespace}, fieldPath: metadata/name}\n",
    "apiVersion: builtin\nkind: HashTransformer\nmetadata: {name: x}\n",
    "apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {name: x, namespace: moved}\n",
    "apiVersion: builtin\nkind: SortOrderTransformer\nmetadata: {name: x}\nsortOptions: {order: legacy}\n",
];

const GENERATORS: [&str; 3] = [
    "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: made}\nliterals: [a=b]\n",
    "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: made, namespace: prod}\nliterals: [a=b]\ntype: x/y\n",
    "apiVersion: builtin\nkind: IAMPolicyGenerator\nmetadata: {name: made}\ncloud: gke\nkubernetesService: {namespace: n, name: k}\nserviceAccount: {name: s, projectId: p}\n",
];

const CONFIGURATIONS: [&str; 9] = [
    "nameReference:\n- kind: ConfigMap\n  version: v1\n  fieldSpecs:\n  - {kind: Thing, path: spec/ref/name}\n",
    "nameReference:\n- kind: Secret\n  fieldSpecs:\n  - {kind: Thing, group: example.com, path: spec/items/name}\n",
    "namePrefix:\n- {path: metadata/name, kind: Thing}\n- {path: spec/ref/name}\n",
    "namespace:\n- {path: spec/ns, create: true, kind: Thing}\n",
    "commonLabels:\n- {path: spec/labels, create: true, kind: Thing}\n",
    "commonAnnotations:\n- {path: spec/notes, create: true, kind: Thing}\n",
    "images:\n- {path: spec/image, kind: Thing}\n",
    "replicas:\n- {path: spec/size, create: true, kind: Thing}\n",
    "varReference:\n- {path: spec/list, kind: Thing}\n- {path: data, kind: ConfigMap}\n",
];

const CRD: &str = r##"{"com.example.v1.Thing": {"Schema": {"properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"$ref": "x"}, "spec": {"$ref": "com.example.v1.ThingSpec"}}}, "Dependencies": []}, "com.example.v1.ThingSpec": {"Schema": {"properties": {"ref": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "Secret", "$ref": "com.example.v1.Ref"}, "labels": {"x-kubernetes-label-selector": ""}, "notes": {"x-kubernetes-annotation": ""}, "image": {"x-kubernetes-identity": ""}}}}, "com.example.v1.Ref": {"Schema": {"properties": {"name": {"type": "string"}}}}}"##;

const OPEN_API: &str = r##"{"definitions": {"com.example.v1.Thing": {"properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}, "spec": {"$ref": "#/definitions/com.example.v1.ThingSpec"}}, "type": "object", "x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "Thing", "version": "v1"}]}, "com.example.v1.ThingSpec": {"properties": {"items": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "v": {"type": "integer"}}}, "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}}, "type": "object"}, "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"properties": {"name": {"type": "string"}}, "type": "object"}}}"##;

/// Adds plugins and configurations.
pub(crate) fn add(world: &mut World, directory: &str, fields: &mut String) {
    for (list, odds, texts) in [
        ("transformers", 6, &TRANSFORMERS[..]),
        ("generators", 12, &GENERATORS[..]),
        ("validators", 40, &TRANSFORMERS[..]),
    ] {
        if world.chance.one_in(odds) {
            let text = world.chance.pick(texts);
            let entry = plugin(world, directory, text);
            fields.push_str(&format!("{list}:\n{entry}"));
        }
    }
    if world.chance.one_in(8) {
        let text = world.chance.pick(&CONFIGURATIONS).to_owned();
        let file = world.file(directory, "cfg", text);
        fields.push_str(&format!("configurations: [{file}]\n"));
    }
    if world.chance.one_in(25) {
        let file = world.file(directory, "crd", CRD.to_owned());
        fields.push_str(&format!("crds: [{file}]\n"));
    }
}

/// Adds a schema; only the kustomization that is built first may name one with effect.
pub(crate) fn add_schema(world: &mut World, directory: &str, fields: &mut String) {
    if world.chance.one_in(30) {
        let file = world.file(directory, "api", OPEN_API.to_owned());
        fields.push_str(&format!("openapi: {{path: {file}}}\n"));
    }
}

fn plugin(world: &mut World, directory: &str, text: &str) -> String {
    match world.chance.below(3) {
        0 => format!("- |-\n{}", indented(text, 2)),
        1 => format!("- {}\n", world.file(directory, "t", text.to_owned())),
        _ => {
            world.count += 1;
            let below = format!("plug{}", world.count);
            let file = world.file(&format!("{directory}/{below}"), "t", text.to_owned());
            let body = format!("resources: [{file}]\n");
            world.case.files.insert(format!("{directory}/{below}/kustomization.yaml"), body);
            format!("- {below}\n")
        }
    }
}
