/** A pod as the API server sees one: whatever a test wants to be there. */
export interface PodManifest {
  readonly apiVersion: 'v1'
  readonly kind: 'Pod'
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: { readonly [key: string]: unknown; readonly containers: readonly object[] }
}

const DIGEST = 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'
const CONTAINER = {
  name: 'scan',
  image: `registry.example.com/credence@${DIGEST}`,
  args: ['scan', '--config', '/etc/credence/credence.yaml'],
  securityContext: { readOnlyRootFilesystem: true },
}

/** A pod that is let in, with these changes. */
function pod(name: string, spec: object = {}, container: object = {}): PodManifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'credence' },
    spec: {
      serviceAccountName: 'credence-scan',
      automountServiceAccountToken: false,
      containers: [{ ...CONTAINER, ...container }],
      ...spec,
    },
  }
}

const token = (audience?: string) => ({
  volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', audience } }] } }],
})
const mount = (mountPath: string) => ({ volumeMounts: [{ name: 'c', mountPath, readOnly: true }] })
const configuration = { volumes: [{ name: 'c', configMap: { name: 'credence' } }] }
const variable = (name: string, value: string) => ({ env: [{ name, value }] })

/** Pods that the admission policies let in. */
export const ADMITTED: readonly PodManifest[] = [
  pod('a-service'),
  pod('an-installation-of-another-name', { serviceAccountName: 'credence-prod-scan' }),
  pod('the-console', { serviceAccountName: 'credence-console' }, { args: ['console', '--http', '0.0.0.0:8080'] }),
  pod('the-aggregator', { serviceAccountName: 'credence-federate' }, { args: ['federate', 'serve'] }),
  pod('the-chain-verified', { serviceAccountName: 'credence-exporter' }, { args: ['verify', '--config', 'x'] }),
  pod('the-log-verified', { serviceAccountName: 'credence-exporter' }, { args: ['audit', 'verify'] }),
  pod('the-check', { serviceAccountName: 'credence-operator' }, { args: ['check', '--fail-on', 'failure'] }),
  pod(
    'a-secret-by-reference',
    {},
    { env: [{ name: 'REDIS_PASSWORD', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }] },
  ),
  // what the clouds' webhooks add
  pod(
    'an-identity-of-aws',
    token('pods.eks.amazonaws.com'),
    variable('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', '/var/run/secrets/token'),
  ),
  pod(
    'an-identity-of-azure',
    token('api://AzureADTokenExchange'),
    variable('AZURE_FEDERATED_TOKEN_FILE', '/var/run/secrets/token'),
  ),
  pod(
    'memory-and-configuration',
    { volumes: [{ name: 'tmp', emptyDir: {} }, ...configuration.volumes] },
    mount('/etc/credence'),
  ),
  pod('a-token-in-its-place', configuration, mount('/var/run/secrets/pods.eks.amazonaws.com/serviceaccount')),
]

/** Pods that are refused, each with a part of what is said. */
export const REFUSED: readonly (readonly [PodManifest, string])[] = [
  [pod('a-tag', {}, { image: 'registry.example.com/credence:1.0' }), 'named by its digest'],
  [pod('a-digest-that-is-none', {}, { image: 'registry.example.com/credence@sha256:0123' }), 'named by its digest'],
  [pod('a-digest-in-a-tag', {}, { image: `registry.example.com/credence@${DIGEST}0` }), 'named by its digest'],
  [
    pod('a-tag-in-an-init-container', { initContainers: [{ ...CONTAINER, name: 'first', image: 'busybox' }] }),
    'named by its digest',
  ],
  [pod('a-tag-in-a-debugger', { ephemeralContainers: [{ ...CONTAINER, image: 'busybox' }] }), 'named by its digest'],
  [pod('nobodys-account', { serviceAccountName: 'default' }), 'an account of Credence'],
  [pod('no-account', { serviceAccountName: undefined }), 'an account of Credence'],
  [pod('an-account-that-looks-alike', { serviceAccountName: 'my-credence-scan' }), 'an account of Credence'],
  [pod('an-account-that-goes-on', { serviceAccountName: 'credence-scan-of-mine' }), 'an account of Credence'],
  [pod('another-services-account', { serviceAccountName: 'credence-encrypt' }), 'runs its own service'],
  [
    pod('keys-as-the-operator', { serviceAccountName: 'credence-operator' }, { args: ['keys', 'destroy', 'k'] }),
    'runs its own service',
  ],
  [pod('a-service-as-the-operator', { serviceAccountName: 'credence-operator' }), 'runs its own service'],
  [
    pod(
      'a-client-enrolled-as-the-aggregator',
      { serviceAccountName: 'credence-federate' },
      { args: ['federate', 'enrol'] },
    ),
    'runs its own service',
  ],
  [
    pod(
      'an-export-as-the-exporter',
      { serviceAccountName: 'credence-exporter' },
      { args: ['export', '--out', '/tmp/x'] },
    ),
    'runs its own service',
  ],
  [
    pod('a-log-exported', { serviceAccountName: 'credence-exporter' }, { args: ['audit', 'export'] }),
    'runs its own service',
  ],
  [
    pod('keys-as-the-console', { serviceAccountName: 'credence-console' }, { args: ['keys', 'rotate'] }),
    'runs its own service',
  ],
  [pod('no-arguments', {}, { args: undefined }), 'runs its own service'],
  [pod('another-program', {}, { command: ['/usr/local/bin/node', '-e', 'evil()'] }), 'own program'],
  [pod('a-hook', {}, { lifecycle: { postStart: { exec: { command: ['node'] } } } }), 'executed beside'],
  [pod('a-probe-that-executes', {}, { livenessProbe: { exec: { command: ['node'] } } }), 'executed beside'],
  [pod('a-readiness-that-executes', {}, { readinessProbe: { exec: { command: ['node'] } } }), 'executed beside'],
  [pod('a-password', {}, variable('REDIS_PASSWORD', 'x')), 'reference to a Secret'],
  [pod('an-access-key', {}, variable('AWS_SECRET_ACCESS_KEY', 'x')), 'reference to a Secret'],
  [pod('a-connection-string', {}, variable('EVENTHUBS', 'Endpoint=sb://x;SharedAccessKey=abc')), 'connection string'],
  [pod('a-password-in-a-url', {}, variable('CATALOG', 'postgresql://me:secret@db/credence')), 'connection string'],
  [pod('a-private-key', {}, variable('PEM', '-----BEGIN PRIVATE KEY-----')), 'connection string'],
  [pod('code-by-a-variable', {}, variable('NODE_OPTIONS', '--import=/tmp/x.mjs')), 'loads code'],
  [pod('code-by-the-loader', {}, variable('LD_PRELOAD', '/tmp/x.so')), 'loads code'],
  [pod('tls-that-is-not-verified', {}, variable('NODE_TLS_REJECT_UNAUTHORIZED', '0')), 'loads code'],
  [pod('a-folder-of-the-machine', { volumes: [{ name: 'x', hostPath: { path: '/' } }] }), 'nothing of the machine'],
  [pod('a-disk', { volumes: [{ name: 'x', persistentVolumeClaim: { claimName: 'x' } }] }), 'nothing of the machine'],
  [pod('a-token-for-the-api-server', token()), 'never for the API server'],
  [pod('a-program-from-a-volume', configuration, mount('/app/cli')), 'own files'],
  [pod('a-program-by-way-of-the-configuration', configuration, mount('/etc/credence-tls/../../app')), 'own files'],
  [pod('a-program-by-way-of-the-tokens', configuration, mount('/var/run/secrets/../../../app')), 'own files'],
  [pod('the-accounts-token', { automountServiceAccountToken: true }), 'talks to the API server'],
  [pod('the-accounts-token-by-default', { automountServiceAccountToken: undefined }), 'talks to the API server'],
  [pod('the-network-of-the-machine', { hostNetwork: true }), 'shared with the machine'],
  [pod('the-processes-of-the-machine', { hostPID: true }), 'shared with the machine'],
  [pod('the-memory-of-the-machine', { hostIPC: true }), 'shared with the machine'],
  [pod('a-root-that-can-be-written', {}, { securityContext: {} }), 'read only'],
]
