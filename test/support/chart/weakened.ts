import { of, podOf, type Open, type Weakened } from './open.ts'
import { ALIKE } from './weakened-alike.ts'
import { ALLOWED } from './weakened-allowed.ts'
import { CONFIGURED } from './weakened-configuration.ts'
import { OPERATION } from './weakened-operation.ts'
import { FURTHER } from './weakened-further.ts'
import { RELEASE } from './weakened-release.ts'
import { VALUES } from './weakened-values.ts'

const containerOf = (manifests: Open[], name = 'scan'): Open => podOf(manifests, name).containers[0]
const policy = (manifests: Open[], name: string): Open => of(manifests, 'NetworkPolicy', name).spec
const text = (manifests: Open[], from: RegExp | string, to: string) => {
  const maps = manifests.filter(({ kind, data }) => kind === 'ConfigMap' && data['credence.yaml'] !== undefined)
  for (const { data } of maps) data['credence.yaml'] = data['credence.yaml'].replace(from, to)
}
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
const object = (kind: string, apiVersion: string, rest: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'more' },
  ...rest,
})

/** What runs, and as whom. */
const PODS: readonly Weakened[] = [
  ['a container is privileged', (m) => (containerOf(m).securityContext.privileged = true), 'privileged of a container'],
  [
    'a process may gain rights',
    (m) => (containerOf(m).securityContext.allowPrivilegeEscalation = true),
    'allowPrivilegeEscalation',
  ],
  ['a process is root', (m) => (containerOf(m).securityContext.runAsUser = 0), 'runAsUser'],
  ['a pod is of root’s group', (m) => (podOf(m).securityContext.supplementalGroups = [0]), 'supplementalGroups'],
  [
    'a capability is added',
    (m) => (containerOf(m).securityContext.capabilities.add = ['SYS_PTRACE']),
    'capabilities of a container',
  ],
  [
    'capabilities are kept',
    (m) => (containerOf(m).securityContext.capabilities.drop = ['NET_RAW']),
    'capabilities of a container',
  ],
  [
    'the root file system is written',
    (m) => (containerOf(m).securityContext.readOnlyRootFilesystem = false),
    'readOnlyRootFilesystem',
  ],
  [
    'any system call may be made, by one container',
    (m) => (containerOf(m).securityContext.seccompProfile = { type: 'Unconfined' }),
    'seccompProfile of a container',
  ],
  [
    'any system call may be made, by a pod',
    (m) => (podOf(m).securityContext.seccompProfile = { type: 'Unconfined' }),
    'seccompProfile of the pod',
  ],
  ['/proc is not masked', (m) => (containerOf(m).securityContext.procMount = 'Unmasked'), 'procMount'],
  [
    'kernel settings are changed',
    (m) => (podOf(m).securityContext.sysctls = [{ name: 'net.ipv4.ip_forward', value: '1' }]),
    'sysctls',
  ],
  ['the network of the machine', (m) => (podOf(m).hostNetwork = true), 'hostNetwork'],
  ['processes see one another', (m) => (podOf(m).shareProcessNamespace = true), 'shareProcessNamespace'],
  ['a port of the machine', (m) => (containerOf(m).ports[0].hostPort = 8080), 'hostPort'],
  [
    'a folder of the machine',
    (m) => podOf(m).volumes.push({ name: 'x', hostPath: { path: '/' } }),
    'mounts a hostPath',
  ],
  [
    'a disk that others mount',
    (m) => podOf(m).volumes.push({ name: 'x', nfs: { server: 'x', path: '/' } }),
    'mounts a nfs',
  ],
  [
    'a token for the API server',
    (m) => podOf(m).volumes.push({ name: 'x', projected: { sources: [{ serviceAccountToken: { path: 'x' } }] } }),
    'mounts a projected',
  ],
  ['the account’s token', (m) => (podOf(m).automountServiceAccountToken = true), 'token'],
  [
    'the account gives its token',
    (m) => (of(m, 'ServiceAccount', 'scan').automountServiceAccountToken = true),
    'token',
  ],
  ['/tmp is on a disk', (m) => (podOf(m).volumes.find(({ name }: Open) => name === 'tmp').emptyDir = {}), 'on a disk'],
  ['configuration can be written', (m) => (containerOf(m).volumeMounts[0].readOnly = false), 'written'],
  [
    'a secret that is another’s is mounted',
    (m) => podOf(m).volumes.push({ name: 'x', secret: { secretName: 'credence-console-tls' } }),
    'secret',
  ],
  ['a tag', (m) => (containerOf(m).image = 'registry.example.com/credence:latest'), 'digest'],
  [
    'one pod runs another image',
    (m) => (containerOf(m).image = `evil.example.com/credence@${DIGEST}`),
    'more than one image',
  ],
  ['an image that is there already', (m) => (containerOf(m).imagePullPolicy = 'Never'), 'whoever pulled it'],
  ['another program', (m) => (containerOf(m).command = ['/usr/local/bin/node', '-e', '0']), 'has command'],
  [
    'a container beside',
    (m) => podOf(m).containers.push({ ...structuredClone(containerOf(m)), name: 'beside' }),
    'more than one container',
  ],
  [
    'a container before',
    (m) => (podOf(m).initContainers = [{ ...structuredClone(containerOf(m)), name: 'before' }]),
    'more than one container',
  ],
  ['a hook', (m) => (containerOf(m).lifecycle = { preStop: { exec: { command: ['node'] } } }), 'lifecycle'],
  [
    'a probe that executes',
    (m) => (containerOf(m).livenessProbe = { exec: { command: ['node'] } }),
    'livenessProbe executes',
  ],
  ['nobody asks whether it is ready', (m) => delete containerOf(m).readinessProbe, 'readinessProbe'],
  ['a service wears another’s account', (m) => (podOf(m).serviceAccountName = 'credence-encrypt'), 'account'],
  ['a service does another’s work', (m) => (containerOf(m).args[0] = 'keys'), 'account'],
  ['no limit of memory', (m) => delete containerOf(m).resources.limits.memory, 'memory is not limited'],
  [
    'names lead elsewhere',
    (m) => (podOf(m).hostAliases = [{ ip: '6.6.6.6', hostnames: ['kms.eu-central-1.amazonaws.com'] }]),
    'hostAliases',
  ],
  [
    'another resolver',
    (m) => Object.assign(podOf(m), { dnsPolicy: 'None', dnsConfig: { nameservers: ['6.6.6.6'] } }),
    'dnsPolicy',
  ],
]

/** Secrets, and what weakens TLS. */
const SECRETS: readonly Weakened[] = [
  ['a password as a value', (m) => containerOf(m).env.push({ name: 'REDIS_PASSWORD', value: 'x' }), 'plain text'],
  [
    'a password in a URL, under a harmless name',
    (m) => containerOf(m).env.push({ name: 'CATALOG', value: 'postgresql://me:secret@db/credence' }),
    'plain text',
  ],
  ['a key of an access', (m) => containerOf(m).env.push({ name: 'AWS_ACCESS_KEY_ID', value: 'AKIA' }), 'plain text'],
  [
    'everything that a Secret holds',
    (m) => (containerOf(m).envFrom = [{ secretRef: { name: 'credence' } }]),
    'envFrom',
  ],
  ['a Secret in the chart', (m) => m.push(object('Secret', 'v1', { stringData: { a: 'b' } })), 'not a part'],
  ['a password in the configuration', (m) => text(m, /\$\{CREDENCE_REDIS_\w+\}/, 'hunter2'), 'plain text'],
  [
    'certificates are not verified',
    (m) => containerOf(m).env.push({ name: 'NODE_TLS_REJECT_UNAUTHORIZED', value: '0' }),
    'loads code or weakens TLS',
  ],
  [
    'code by a variable',
    (m) => containerOf(m).env.push({ name: 'NODE_OPTIONS', value: '--inspect=0.0.0.0' }),
    'loads code or weakens TLS',
  ],
  [
    'everything through a proxy',
    (m) => containerOf(m).env.push({ name: 'HTTPS_PROXY', value: 'http://6.6.6.6' }),
    'loads code or weakens TLS',
  ],
  ['Redis without TLS', (m) => text(m, 'rediss://', 'redis://'), 'without TLS'],
  ['PostgreSQL without TLS', (m) => text(m, ':5432/credence', ':5432/credence?sslmode=disable'), 'without TLS'],
  [
    'PostgreSQL’s certificate is not verified',
    (m) => text(m, ':5432/credence', ':5432/credence?sslmode=require'),
    'without TLS',
  ],
  ['a profile that forgives', (m) => text(m, 'profile: production', 'profile: development'), 'profile'],
  [
    'secrets of every namespace',
    (m) => (of(m, 'ExternalSecret').spec.secretStoreRef.kind = 'ClusterSecretStore'),
    'ClusterSecretStore',
  ],
  ['certificates that serve', (m) => (of(m, 'Certificate').spec.usages = ['server auth', 'client auth']), 'usages'],
  ['certificates for ten years', (m) => (of(m, 'Certificate').spec.duration = '87600h'), 'duration'],
]

/** Who is reached, and by whom. */
const NETWORKS: readonly Weakened[] = [
  ['nothing is denied', (m) => (policy(m, '-none').podSelector = { matchLabels: { a: 'b' } }), 'denies every pod'],
  ['nothing that leaves is denied', (m) => (policy(m, '-none').policyTypes = ['Ingress']), 'denies every pod'],
  [
    'a flow to everywhere',
    (m) => (policy(m, '-to-postgres').egress[0].to = [{ ipBlock: { cidr: '0.0.0.0/0' } }]),
    'lets everything out',
  ],
  [
    'a flow to half of everywhere',
    (m) => (policy(m, '-to-postgres').egress[0].to = [{ ipBlock: { cidr: '128.0.0.0/2' } }]),
    'lets everything out',
  ],
  [
    'a flow to much of the internet',
    (m) => (policy(m, '-to-postgres').egress[0].to = [{ ipBlock: { cidr: '6.0.0.0/9' } }]),
    'lets everything out',
  ],
  ['a flow on every port', (m) => delete policy(m, '-to-postgres').egress[0].ports, 'lets everything out'],
  ['a flow on many ports', (m) => (policy(m, '-to-postgres').egress[0].ports[0].endPort = 65535), 'many ports'],
  [
    'a flow to every namespace',
    (m) => (policy(m, '-to-dns').egress[0].to = [{ namespaceSelector: {} }]),
    'lets everything out',
  ],
  [
    'a flow to every pod here',
    (m) => (policy(m, '-to-dns').egress[0].to = [{ podSelector: {} }]),
    'lets everything out',
  ],
  ['a flow for whoever is here', (m) => (policy(m, '-to-postgres').podSelector = {}), 'for every pod'],
  [
    'every namespace comes in',
    (m) => (policy(m, '-from-prometheus').ingress[0].from = [{ namespaceSelector: {} }]),
    'lets everybody in',
  ],
  [
    'every pod of a namespace comes in',
    (m) => delete policy(m, '-from-prometheus').ingress[0].from[0].podSelector,
    'lets everybody in',
  ],
  ['every port comes in', (m) => delete policy(m, '-from-prometheus').ingress[0].ports, 'lets everybody in'],
  [
    'a load balancer',
    (m) => Object.assign(of(m, 'Service', 'console').spec, { clusterIP: undefined, type: 'LoadBalancer' }),
    'reached from outside',
  ],
  ['an address outside', (m) => (of(m, 'Service', 'console').spec.externalIPs = ['6.6.6.6']), 'reached from outside'],
  ['an Ingress', (m) => m.push(object('Ingress', 'networking.k8s.io/v1', { spec: {} })), 'not a part'],
]

/** Rights in the cluster, and what keeps it going. */
const REST: readonly Weakened[] = [
  [
    'rights to everything',
    (m) =>
      m.push(
        object('ClusterRole', 'rbac.authorization.k8s.io/v1', {
          rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
        }),
      ),
    'not a part',
  ],
  ['rights to its Secrets', (m) => m.push(object('RoleBinding', 'rbac.authorization.k8s.io/v1', {})), 'not a part'],
  [
    'a webhook',
    (m) => m.push(object('MutatingWebhookConfiguration', 'admissionregistration.k8s.io/v1', {})),
    'not a part',
  ],
  [
    'an agent on every machine',
    (m) => m.push(object('DaemonSet', 'apps/v1', { spec: structuredClone(of(m, 'Deployment', 'scan').spec) })),
    'not a part',
  ],
  ['another namespace', (m) => (of(m, 'ServiceAccount', 'scan').metadata.namespace = 'kube-system'), 'namespace'],
  ['before everybody else’s pods', (m) => (podOf(m).priorityClassName = 'system-cluster-critical'), 'priority'],
  ['all may be away at once', (m) => (of(m, 'PodDisruptionBudget', 'scan').spec.maxUnavailable = '100%'), 'away'],
  ['no budget', (m) => m.splice(m.indexOf(of(m, 'PodDisruptionBudget', 'scan')), 1), 'away'],
  [
    'an upgrade ends all at once',
    (m) => (of(m, 'Deployment', 'scan').spec.strategy.rollingUpdate.maxUnavailable = '100%'),
    'upgrade',
  ],
  ['all on one machine', (m) => delete podOf(m).topologySpreadConstraints, 'spread'],
  ['no process', (m) => (of(m, 'ScaledObject', 'scan').spec.minReplicaCount = 0), 'none may be running'],
  ['the evidence is not made', (m) => (of(m, 'CronJob', 'verify').spec.suspend = true), 'suspended'],
  ['the evidence is never made', (m) => (of(m, 'CronJob', 'verify').spec.schedule = '0 0 30 2 *'), 'schedule'],
  [
    'a check that fails stops nobody',
    (m) => of(m, 'Job', 'check').spec.template.spec.containers[0].args.splice(-2),
    'check',
  ],
  [
    'a check after the fact',
    (m) => (of(m, 'Job', 'check').metadata.annotations['helm.sh/hook'] = 'post-install'),
    'check',
  ],
  ['nobody is told', (m) => (of(m, 'PrometheusRule').spec.groups = []), 'alert'],
]

export const WEAKENED: readonly Weakened[] = [
  ...PODS,
  ...SECRETS,
  ...NETWORKS,
  ...REST,
  ...OPERATION,
  ...VALUES,
  ...FURTHER,
  ...RELEASE,
  ...ALIKE,
  ...ALLOWED,
  ...CONFIGURED,
]
