import type { Change } from './change.ts'
import { FALCO } from './weakened-falco.ts'

/** `[what is lost, file, what stands there exactly once, what stands there instead, what is said]`. */
export type WeakenedPolicy = readonly [name: string, file: string, from: string, to: string, says: string]

const ADMISSION: readonly Change[] = [
  [
    'pods are changed after they are let in',
    'operations: [CREATE, UPDATE]',
    'operations: [CREATE]',
    'let in by UPDATE',
  ],
  [
    'pods are not looked at when they are made',
    'operations: [CREATE, UPDATE]',
    'operations: [UPDATE]',
    'let in by CREATE',
  ],
  ['another resource is looked at', 'resources: [pods]', 'resources: [replicationcontrollers]', 'a-tag is let in'],
  [
    'what cannot be judged is let in',
    "failurePolicy: Fail\n  matchConstraints:\n    resourceRules:\n      - apiGroups: ['']\n        apiVersions: [v1]\n        operations: [CREATE, UPDATE]",
    "failurePolicy: Ignore\n  matchConstraints:\n    resourceRules:\n      - apiGroups: ['']\n        apiVersions: [v1]\n        operations: [CREATE, UPDATE]",
    'fails open',
  ],
  [
    'refusals are only written down',
    '  policyName: credence-pods\n  validationActions: [Deny, Audit]',
    '  policyName: credence-pods\n  validationActions: [Audit]',
    'a-tag is let in',
  ],
  [
    'refusals are only told',
    '  policyName: credence-nobody-inside\n  validationActions: [Deny, Audit]',
    '  policyName: credence-nobody-inside\n  validationActions: [Warn]',
    'anybody may CONNECT pods/exec',
  ],
  [
    'the policy is bound to another namespace',
    '  policyName: credence-pods\n  validationActions: [Deny, Audit]\n  matchResources:\n    namespaceSelector: { matchLabels: { app.kubernetes.io/part-of: credence } }',
    '  policyName: credence-pods\n  validationActions: [Deny, Audit]\n  matchResources:\n    namespaceSelector: { matchLabels: { app.kubernetes.io/name: credence } }',
    'a-tag is let in',
  ],
  [
    'the policy is bound to every namespace',
    '  policyName: credence-pods\n  validationActions: [Deny, Audit]\n  matchResources:\n    namespaceSelector: { matchLabels: { app.kubernetes.io/part-of: credence } }',
    '  policyName: credence-pods\n  validationActions: [Deny, Audit]\n  matchResources:\n    namespaceSelector: { matchLabels: {} }',
    "in another's namespace",
  ],
  [
    'whoever is of a group is let through',
    '  variables:\n',
    '  matchConditions: [{ name: a, expression: \'!("ops" in request.userInfo.groups)\' }]\n  variables:\n',
    'says matchConditions',
  ],
  [
    'pods of a label are let through',
    "matchConstraints:\n    resourceRules:\n      - apiGroups: ['']\n        apiVersions: [v1]\n        operations: [CREATE, UPDATE]",
    "matchConstraints:\n    objectSelector: { matchLabels: { a: b } }\n    resourceRules:\n      - apiGroups: ['']\n        apiVersions: [v1]\n        operations: [CREATE, UPDATE]",
    'says objectSelector',
  ],
  [
    'a name is let through',
    '        operations: [CREATE, UPDATE]',
    '        operations: [CREATE, UPDATE]\n        resourceNames: [credence-scan]',
    'says resourceNames',
  ],
  [
    'containers that start before are not looked at',
    ' + (has(object.spec.initContainers) ? object.spec.initContainers : [])',
    '',
    'a-tag-in-an-init-container is let in',
  ],
  [
    'debuggers are not looked at',
    ' + (has(object.spec.ephemeralContainers) ? object.spec.ephemeralContainers : [])',
    '',
    'a-tag-in-a-debugger is let in',
  ],
  [
    'one image by digest is enough',
    'variables.containers.all(c, c.image.matches',
    'variables.containers.exists(c, c.image.matches',
    'a-tag-in-an-init-container is let in',
  ],
  ['a digest may be short', '[0-9a-f]{64}$', '[0-9a-f]+', 'a-digest-that-is-none is let in'],
  ['a name may follow what looks like a digest', '[0-9a-f]{64}$', '[0-9a-f]{64}', 'a-digest-in-a-tag is let in'],
  ['an account that looks alike', '"^credence(-', '"credence(-', 'an-account-that-looks-alike is let in'],
  ['an account that goes on', 'console|federate)$"', 'console|federate)"', 'an-account-that-goes-on is let in'],
  [
    'every account runs everything',
    'has(c.args) && c.args.size() > 1 && variables.account.endsWith',
    'has(c.args) && c.args.size() > 1 || variables.account.endsWith',
    'another-services-account is let in',
  ],
  [
    'the exporter exports',
    '(c.args[0] == "audit" && c.args[1] == "verify")',
    '(c.args[0] == "audit")',
    'a-log-exported is let in',
  ],
  [
    'the aggregator enrols',
    'c.args[0] == "federate" && c.args[1] != "serve" ? "nobody" : ',
    '',
    'a-client-enrolled-as-the-aggregator is let in',
  ],
  ['another program', '!has(c.command)', 'true', 'another-program is let in'],
  ['hooks', '!has(c.lifecycle)', 'true', 'a-hook is let in'],
  [
    'probes that execute',
    '(!has(c.readinessProbe) || !has(c.readinessProbe.exec))',
    'true',
    'a-readiness-that-executes is let in',
  ],
  [
    'passwords under another name',
    '(PASSWORD|PASSPHRASE|SECRET|TOKEN|_KEY)$',
    '(PASSWORD|PASSPHRASE|TOKEN)$',
    'an-access-key is let in',
  ],
  [
    'names of secrets in the middle alone',
    '(PASSWORD|PASSPHRASE|SECRET|TOKEN|_KEY)$',
    '^(PASSWORD|PASSPHRASE|SECRET|TOKEN|_KEY)$',
    'a-password is let in',
  ],
  ['passwords in URLs', '|://[^/@ ]*:[^/@ ]+@', '', 'a-password-in-a-url is let in'],
  ['code by a variable', '"NODE_OPTIONS", ', '', 'code-by-a-variable is let in'],
  ['code by the loader', '"LD_PRELOAD", ', '', 'code-by-the-loader is let in'],
  [
    'folders of the machine',
    'has(v.configMap) || has(v.secret)',
    'has(v.hostPath) || has(v.configMap) || has(v.secret)',
    'a-folder-of-the-machine is let in',
  ],
  [
    'tokens for the API server',
    ' && has(s.serviceAccountToken.audience) && s.serviceAccountToken.audience != ""',
    '',
    'a-token-for-the-api-server is let in',
  ],
  [
    'tokens unless somebody says so',
    'has(object.spec.automountServiceAccountToken) && object.spec.automountServiceAccountToken == false',
    '!has(object.spec.automountServiceAccountToken) || object.spec.automountServiceAccountToken == false',
    'the-accounts-token-by-default is let in',
  ],
  [
    'memory that machines share',
    ' && !(has(object.spec.hostIPC) && object.spec.hostIPC)',
    '',
    'the-memory-of-the-machine is let in',
  ],
  [
    'a root that is written where nothing is said',
    '&& has(c.securityContext.readOnlyRootFilesystem) && c.securityContext.readOnlyRootFilesystem',
    '&& (!has(c.securityContext.readOnlyRootFilesystem) || c.securityContext.readOnlyRootFilesystem)',
    'a-root-that-can-be-written is let in',
  ],
  [
    'a volume lies over the program',
    'm.mountPath == "/tmp" || ',
    'm.mountPath == "/tmp" || m.mountPath.startsWith("/app") || ',
    'a-program-from-a-volume is let in',
  ],
  [
    'everybody executes',
    '"credence:break-glass" in request.userInfo.groups',
    '"credence:break-glass" in request.userInfo.groups || "system:masters" in request.userInfo.groups',
    'anybody may CONNECT pods/exec',
  ],
  [
    'nobody executes, whatever happens',
    '"credence:break-glass" in request.userInfo.groups',
    'false',
    'in an emergency',
  ],
  [
    'everybody attaches',
    'resources: [pods/exec, pods/attach]',
    'resources: [pods/exec]',
    'anybody may CONNECT pods/attach',
  ],
  [
    'debuggers are added',
    'operations: [UPDATE]\n        resources: [pods/ephemeralcontainers]',
    'operations: [CREATE]\n        resources: [pods/ephemeralcontainers]',
    'anybody may UPDATE pods/ephemeralcontainers',
  ],
]

const NAMESPACE: readonly Change[] = [
  ['pods that are not restricted', 'enforce: restricted', 'enforce: baseline', 'enforce of the namespace is baseline'],
  [
    'rules of years ago',
    'enforce-version: latest',
    'enforce-version: v1.20',
    'enforce-version of the namespace is v1.20',
  ],
  [
    'nobody is told',
    'pod-security.kubernetes.io/warn: restricted',
    'pod-security.kubernetes.io/warn: privileged',
    'warn of the namespace is privileged',
  ],
  [
    'no policy is about it',
    'app.kubernetes.io/part-of: credence',
    'app.kubernetes.io/name: credence',
    'a-tag is let in',
  ],
]

const OUR_REPOSITORY = String.raw`^https://github\.com/example/credence/\.github/workflows/release\.yaml@refs/tags/v[0-9.]+$`
const IMAGES: readonly Change[] = [
  ['images are only audited', 'validationActions: [Deny]', 'validationActions: [Audit]', 'no policy denies'],
  [
    'what cannot be looked at is let in',
    'name: credence-images\nspec:\n  validationActions: [Deny]\n  failurePolicy: Fail',
    'name: credence-images\nspec:\n  validationActions: [Deny]\n  failurePolicy: Ignore',
    'lets in what it cannot look at',
  ],
  [
    'another issuer',
    'issuer: https://token.actions.githubusercontent.com',
    'issuerRegExp: ^https://token\\.actions\\.githubusercontent\\.com',
    'https://token.actions.githubusercontent.com.example.com',
  ],
  [
    'any issuer',
    'issuer: https://token.actions.githubusercontent.com',
    'issuerRegExp: .*',
    'by https://accounts.google.com',
  ],
  ['a branch signs', '@refs/tags/v[0-9.]+$', '@.*$', '@refs/heads/main'],
  ['a tag that goes on', 'v[0-9.]+$', 'v[0-9.]+', 'v1.2.3-evil'],
  ['any tag', 'refs/tags/v[0-9.]+$', 'refs/tags/.+$', 'refs/tags/nightly'],
  ['any workflow', String.raw`workflows/release\.yaml`, 'workflows/.+', 'workflows/test.yaml'],
  ['a fork', String.raw`example/credence/\.github`, String.raw`example/credence.*/\.github`, 'credence-fork'],
  ['anybody’s repository', String.raw`github\.com/example/`, String.raw`github\.com/[^/]+/`, 'github.com/somebody'],
  ['a host that looks alike', String.raw`github\.com/example`, 'github.com/example', 'githubxcom'],
  ['a URL that has ours in it', OUR_REPOSITORY, OUR_REPOSITORY.slice(1), 'https://evil.example.com'],
  [
    'containers that start before',
    '(images.containers + images.initContainers + images.ephemeralContainers).map(image, verifyImageSignatures(image, [attestors.release]))',
    '(images.containers + images.ephemeralContainers).map(image, verifyImageSignatures(image, [attestors.release]))',
    'takes what nobody signed among initContainers',
  ],
  [
    'one of them is enough',
    'verifyImageSignatures(image, [attestors.release])).all(',
    'verifyImageSignatures(image, [attestors.release])).exists(',
    'takes what nobody signed among containers',
  ],
  [
    'none is enough',
    'verifyImageSignatures(image, [attestors.release])).all(count, count > 0)',
    'verifyImageSignatures(image, [attestors.release])).all(count, count >= 0)',
    'takes a signature of',
  ],
  [
    'no bill of materials',
    'verifyAttestationSignatures(image, attestations.bill, [attestors.release])).all(count, count > 0)',
    'verifyAttestationSignatures(image, attestations.bill, [attestors.release])).all(count, true)',
    'takes what has no bill of materials',
  ],
  ['another paper', 'type: https://cyclonedx.org/bom', 'type: https://slsa.dev/provenance/v1', 'takes another paper'],
  ['images of one registry alone', "glob: '*' # every", "glob: 'ghcr.io/*' # every", 'is not about every image'],
  ['another log', 'url: https://rekor.sigstore.dev', 'url: https://rekor.example.com', 'in no public log'],
  [
    'no log',
    'ctlog: { url: https://rekor.sigstore.dev }',
    'ctlog: { url: https://rekor.sigstore.dev, insecureIgnoreTlog: true }',
    'looked up nowhere',
  ],
  [
    'certificates that no log has',
    'ctlog: { url: https://rekor.sigstore.dev }',
    'ctlog: { url: https://rekor.sigstore.dev, insecureIgnoreSCT: true }',
    'says insecureIgnoreSCT',
  ],
  [
    'somebody’s key',
    'projects/example/locations/europe-west3',
    'projects/somebody/locations/global',
    'refuses what is signed',
  ],
  [
    'whoever has an exception',
    "  matchImageReferences:\n    - glob: '*' # every",
    '  matchConditions: [{ name: a, expression: "false" }]\n  matchImageReferences:\n    - glob: \'*\' # every',
    'says matchConditions',
  ],
]

const of = (file: string, changes: readonly Change[]) =>
  changes.map(([name, from, to, says]): WeakenedPolicy => [name, file, from, to, says])

export const WEAKENED_POLICIES: readonly WeakenedPolicy[] = [
  ...of('admission.yaml', ADMISSION),
  ...of('namespace.yaml', NAMESPACE),
  ...of('falco.yaml', FALCO),
  ...of('images.yaml', IMAGES),
]
