import { of, podOf, type Open, type Weakened } from './open.ts'

const containerOf = (manifests: Open[]): Open => podOf(manifests).containers[0]
const scalerOf = (manifests: Open[], name = 'scan'): Open => of(manifests, 'ScaledObject', name).spec
const annotationsOf = (manifests: Open[]): Open =>
  of(manifests, 'Deployment', 'scan').spec.template.metadata.annotations
const text = (manifests: Open[], from: RegExp, to: string) => {
  for (const { kind, data } of manifests)
    if (kind === 'ConfigMap' && data['credence.yaml'] !== undefined)
      data['credence.yaml'] = data['credence.yaml'].replace(from, to)
}

/** Values that are well formed where they stand, and take away what they were for: what objects say to one another, and all that they may say. */
export const VALUES: readonly Weakened[] = [
  [
    'a budget protects nobody: its selector',
    (m) => (of(m, 'PodDisruptionBudget', 'scan').spec.selector.matchLabels['app.kubernetes.io/component'] = 'x'),
    'PodDisruptionBudget/credence-scan is about no process of its own',
  ],
  [
    'a scaler looks at a constant',
    (m) => (scalerOf(m).triggers[0].metadata.query = 'vector(0)'),
    'ScaledObject/credence-scan does not look at credence_window_wait_seconds',
  ],
  [
    'a scaler waits for a day’s lag',
    (m) => (scalerOf(m, 'ingest').triggers[0].metadata.threshold = '86400'),
    'ScaledObject/credence-ingest does not look at credence_source_lag_seconds',
  ],
  [
    'a scaler is paused',
    (m) => (of(m, 'ScaledObject', 'scan').metadata.annotations = { 'autoscaling.keda.sh/paused': 'true' }),
    'ScaledObject/credence-scan: the annotation autoscaling.keda.sh/paused makes something else of it',
  ],
  [
    'a scaler moves another service',
    (m) => (scalerOf(m).scaleTargetRef.name = 'credence-sweep'),
    'ScaledObject/credence-scan scales another',
  ],
  [
    'a scaler that cannot scale',
    (m) => (scalerOf(m).maxReplicaCount = scalerOf(m).minReplicaCount),
    'ScaledObject/credence-scan does not scale',
  ],
  [
    'a scaler asks a server of somebody else',
    (m) => (scalerOf(m).triggers[0].metadata.serverAddress = 'http://6.6.6.6:9090'),
    'ScaledObject/credence-scan does not look at credence_window_wait_seconds',
  ],
  [
    'readiness is what liveness is',
    (m) => (containerOf(m).readinessProbe.httpGet.path = '/livez'),
    'Deployment/credence-scan: readinessProbe asks {"path": "/livez", "port": "http"}',
  ],
  [
    'liveness never fails',
    (m) => (containerOf(m).livenessProbe.failureThreshold = 100000),
    'Deployment/credence-scan: a livenessProbe says nothing within a minute and a half',
  ],
  [
    'liveness is asked once a day',
    (m) => (containerOf(m).livenessProbe.periodSeconds = 86400),
    'Deployment/credence-scan: a livenessProbe says nothing within a minute and a half',
  ],
  [
    'a probe asks another host',
    (m) => (containerOf(m).livenessProbe.httpGet.host = '6.6.6.6'),
    'Deployment/credence-scan: livenessProbe asks {"host": "6.6.6.6", "path": "/livez", "port": "http"}',
  ],
  [
    'names are asked of the internet',
    (m) => of(m, 'NetworkPolicy', '-to-dns').spec.egress[0].to.push({ ipBlock: { cidr: '8.8.8.8/32' } }),
    'NetworkPolicy/credence-to-dns: names are asked of 8.8.8.8/32',
  ],
  [
    'a flow to the metadata of the machine',
    (m) =>
      of(m, 'NetworkPolicy', '-to-identity').spec.egress.push({
        to: [{ ipBlock: { cidr: '169.254.169.254/32' } }],
        ports: [{ protocol: 'TCP', port: 80 }],
      }),
    "NetworkPolicy/credence-to-identity leads to 169.254.169.254/32, which is the machine's own",
  ],
  [
    'a flow to a shell',
    (m) => of(m, 'NetworkPolicy', '-to-postgres').spec.egress[0].ports.push({ protocol: 'TCP', port: 22 }),
    "NetworkPolicy/credence-to-postgres: 22 is a port of nobody's",
  ],
  [
    'the console reaches the queue',
    (m) => of(m, 'NetworkPolicy', '-to-redis').spec.podSelector.matchExpressions[0].values.push('console'),
    'NetworkPolicy/credence-to-redis: the queue is not for console',
  ],
  [
    'the console is debugged from outside',
    (m) => of(m, 'NetworkPolicy', 'console-from-outside').spec.ingress[0].ports.push({ protocol: 'TCP', port: 9229 }),
    'NetworkPolicy/credence-to-console-from-outside lets in at 9229',
  ],
  [
    'a service is the identity of another',
    (m) =>
      (of(m, 'ServiceAccount', 'scan').metadata.annotations = of(m, 'ServiceAccount', 'encrypt').metadata.annotations),
    'ServiceAccount/credence-scan is google_service_account.this["encrypt"].email',
  ],
  [
    'a service is the identity of the operator',
    (m) =>
      (of(m, 'ServiceAccount', 'console').metadata.annotations = {
        'iam.gke.io/gcp-service-account': 'credence-operator@p.iam.gserviceaccount.com',
      }),
    'ServiceAccount/credence-console is credence-operator@p.iam.gserviceaccount.com',
  ],
  [
    'keys are cached for a year',
    (m) => text(m, /^keys:/m, 'keys:\n  ttlSeconds: 31536000'),
    'ConfigMap/credence-console: opened keys are kept for 31536000 seconds',
  ],
  [
    'secrets are kept by nobody',
    (m) => (of(m, 'ExternalSecret').spec.target.creationPolicy = 'Orphan'),
    'ExternalSecret/credence: nobody takes the secret away',
  ],
  [
    'a store that is opened by a password',
    (m) =>
      (of(m, 'SecretStore').spec.provider = {
        vault: { server: 'https://v', auth: { tokenSecretRef: { name: 'x', key: 'y' } } },
      }),
    'SecretStore/credence opens its store by a secret',
  ],
  [
    'certificates that sign others',
    (m) => (of(m, 'Certificate', 'scan').spec.isCA = true),
    'Certificate/credence-scan says isCA',
  ],
  [
    'certificates are renewed when they have ended',
    (m) => (of(m, 'Certificate', 'scan').spec.renewBefore = '1m'),
    'Certificate/credence-scan is renewed when it has ended',
  ],
  [
    'certificates of whoever signs them himself',
    (m) => (of(m, 'Certificate', 'scan').spec.issuerRef = { kind: 'Issuer', name: 'selfsigned' }),
    'Certificate/credence-audit: databases signs it, and another the others',
  ],
  [
    'nothing of ours is measured',
    (m) => (of(m, 'ServiceMonitor').spec.selector.matchLabels = { app: 'x' }),
    'ServiceMonitor/credence measures nothing of ours',
  ],
  [
    'measures are dropped',
    (m) => (of(m, 'ServiceMonitor').spec.endpoints[0].metricRelabelings = [{ action: 'drop', regex: '.*' }]),
    'ServiceMonitor/credence measures nothing of ours',
  ],
  [
    'measures lose what is long',
    (m) => (of(m, 'ServiceMonitor').spec.sampleLimit = 1),
    'ServiceMonitor/credence says sampleLimit',
  ],
  [
    'a door beside',
    (m) =>
      of(m, 'Service', 'console').spec.ports.push({ name: 'debug', port: 9229, targetPort: 9229, protocol: 'TCP' }),
    'Service/credence-console: nobody answers at 9229',
  ],
  [
    'a door of the console for every pod',
    (m) => (of(m, 'Service', 'console').spec.selector = { 'app.kubernetes.io/name': 'credence' }),
    'Service/credence-console is for every pod',
  ],
  [
    'no profile of AppArmor',
    (m) => (annotationsOf(m)['container.apparmor.security.beta.kubernetes.io/scan'] = 'unconfined'),
    'Deployment/credence-scan: the annotation container.apparmor.security.beta.kubernetes.io/scan makes something else of it',
  ],
  [
    'a sidecar by annotation',
    (m) => (annotationsOf(m)['sidecar.istio.io/inject'] = 'true'),
    'Deployment/credence-scan: the annotation sidecar.istio.io/inject makes something else of it',
  ],
  [
    'a change of configuration starts nothing anew',
    (m) => delete annotationsOf(m)['checksum/configuration'],
    'Deployment/credence-scan: a change of its configuration starts nothing anew',
  ],
  [
    'any machine will do, those of the control plane too',
    (m) => (podOf(m).tolerations = [{ operator: 'Exists' }]),
    'Deployment/credence-scan runs wherever there is a machine',
  ],
  [
    'one machine that is named',
    (m) => (podOf(m).nodeSelector = { 'kubernetes.io/hostname': 'a' }),
    'Deployment/credence-scan runs on one machine',
  ],
  [
    'zones may be a hundred apart',
    (m) => podOf(m).topologySpreadConstraints.forEach((x: Open) => (x.maxSkew = 100)),
    'Deployment/credence-scan: kubernetes.io/hostname counts others, or none',
  ],
  [
    'spread counts the pods of nobody',
    (m) => podOf(m).topologySpreadConstraints.forEach((x: Open) => (x.labelSelector.matchLabels = { a: 'b' })),
    'Deployment/credence-scan: kubernetes.io/hostname counts others, or none',
  ],
  [
    'a terabyte of memory',
    (m) => (containerOf(m).resources.limits.memory = '1Ti'),
    'Deployment/credence-scan: memory of 1Ti is more than any machine has',
  ],
  [
    'nothing is set aside',
    (m) => delete containerOf(m).resources.requests,
    'Deployment/credence-scan: no cpu is set aside',
  ],
  [
    'evidence that fails is forgotten',
    (m) => (of(m, 'CronJob', 'verify').spec.failedJobsHistoryLimit = 0),
    'CronJob/credence-verify: has no time to be done, or is forgotten when it fails',
  ],
  [
    'evidence that is late is not made',
    (m) => (of(m, 'CronJob', 'verify').spec.startingDeadlineSeconds = 1),
    'CronJob/credence-verify: has no time to be done, or is forgotten when it fails',
  ],
  [
    'evidence has a second',
    (m) => (of(m, 'CronJob', 'verify').spec.jobTemplate.spec.activeDeadlineSeconds = 1),
    'CronJob/credence-verify: has no time to be done, or is forgotten when it fails',
  ],
  [
    'alerts are for nobody’s night',
    (m) =>
      of(m, 'PrometheusRule').spec.groups.forEach((g: Open) =>
        g.rules.forEach((r: Open) => r.labels && (r.labels.severity = 'info')),
      ),
    'PrometheusRule/credence: CredenceCanariesMissed is told to nobody',
  ],
  [
    'upgrades stand still',
    (m) => (of(m, 'Deployment', 'scan').spec.paused = true),
    'Deployment/credence-scan says paused',
  ],
  [
    'no way back',
    (m) => (of(m, 'Deployment', 'scan').spec.revisionHistoryLimit = 0),
    'Deployment/credence-scan: nobody can go back to what ran before',
  ],
  [
    'the mode of developers',
    (m) => (containerOf(m).env.find((e: Open) => e.name === 'NODE_ENV').value = 'development'),
    'Deployment/credence-scan: NODE_ENV is development',
  ],
  [
    'authorities from a folder that can be written',
    (m) => containerOf(m).env.push({ name: 'NODE_EXTRA_CA_CERTS', value: '/tmp/x.pem' }),
    'Deployment/credence-scan: NODE_EXTRA_CA_CERTS is /tmp/x.pem',
  ],
  [
    'what is sent is printed',
    (m) => containerOf(m).env.push({ name: 'NODE_DEBUG', value: 'http,tls,http2' }),
    'Deployment/credence-scan: NODE_DEBUG is none of its variables',
  ],
  [
    'what libraries do is printed',
    (m) => containerOf(m).env.push({ name: 'DEBUG', value: '*' }),
    'Deployment/credence-scan: DEBUG is none of its variables',
  ],
  [
    'the cloud is elsewhere',
    (m) => containerOf(m).env.push({ name: 'AWS_ENDPOINT_URL', value: 'http://6.6.6.6' }),
    'Deployment/credence-scan: AWS_ENDPOINT_URL is none of its variables',
  ],
  [
    'an identity from a file',
    (m) => containerOf(m).env.push({ name: 'GOOGLE_APPLICATION_CREDENTIALS', value: '/tmp/key.json' }),
    'Deployment/credence-scan: GOOGLE_APPLICATION_CREDENTIALS is none of its variables',
  ],
  [
    'TLS by a configuration of somebody',
    (m) => containerOf(m).env.push({ name: 'OPENSSL_CONF', value: '/tmp/openssl.cnf' }),
    'Deployment/credence-scan: OPENSSL_CONF is none of its variables',
  ],
  [
    'certificates from a folder that can be written',
    (m) => containerOf(m).env.push({ name: 'SSL_CERT_FILE', value: '/tmp/x.pem' }),
    'Deployment/credence-scan: SSL_CERT_FILE is none of its variables',
  ],
  [
    'the metadata of somebody',
    (m) => containerOf(m).env.push({ name: 'GCE_METADATA_HOST', value: '6.6.6.6' }),
    'Deployment/credence-scan: GCE_METADATA_HOST is none of its variables',
  ],
  [
    'a secret of another',
    (m) => containerOf(m).env.push({ name: 'X', valueFrom: { secretKeyRef: { name: 'other-secret', key: 'y' } } }),
    'Deployment/credence-scan: X is none of its variables',
  ],
  [
    '/tmp is a hundred gigabytes',
    (m) => (podOf(m).volumes.find((v: Open) => v.name === 'tmp').emptyDir.sizeLimit = '100Gi'),
    'Deployment/credence-scan: tmp takes 100Gi of memory',
  ],
  [
    'a priority that ends others',
    (m) => (of(m, 'PriorityClass', 'scan').preemptionPolicy = 'PreemptLowerPriority'),
    'PriorityClass/credence-scan: scans end what others do',
  ],
  [
    'the check is given up after a second',
    (m) => (of(m, 'Job', 'check').spec.activeDeadlineSeconds = 1),
    'Job/credence-check: is given up before it has looked',
  ],
  [
    'the log is not verified',
    (m) => m.splice(m.indexOf(of(m, 'CronJob', 'audit')), 1),
    'what is verified is not verified by both: the chains and the log',
  ],
  [
    'the account is gone that a store is opened as',
    (m) => m.splice(m.indexOf(of(m, 'ServiceAccount', 'operator')), 1),
    'SecretStore/credence opens its store as credence-operator, which is not there',
  ],
  ['the check is gone', (m) => m.splice(m.indexOf(of(m, 'Job', 'check')), 1), 'nothing checks before it installs'],
  ['the sweeper is gone', (m) => m.splice(m.indexOf(of(m, 'Deployment', 'sweep')), 1), 'nothing runs as sweep'],
]
