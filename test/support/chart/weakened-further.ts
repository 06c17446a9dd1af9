import { of, podOf, type Open, type Weakened } from './open.ts'

const scaler = (m: Open[]): Open => of(m, 'ScaledObject', 'scan').spec
const variable = (m: Open[], name: string, value: string) => podOf(m).containers[0].env.push({ name, value })
const alert = (m: Open[], name: string): Open =>
  of(m, 'PrometheusRule')
    .spec.groups.flatMap((group: Open) => group.rules)
    .find((rule: Open) => rule.alert === name)
const target = (m: Open[]): Open => of(m, 'ExternalSecret').spec.target

/** What lets go, is deaf, or is made of something else, by settings that nobody had asked about. */
export const FURTHER: readonly Weakened[] = [
  ['a scaler signs in', (m) => (scaler(m).triggers[0].authenticationRef = { name: 'x' }), 'with authenticationRef'],
  ['a scaler verifies nobody', (m) => (scaler(m).triggers[0].metadata.unsafeSsl = 'true'), 'with unsafeSsl'],
  ['a scaler says more', (m) => (scaler(m).triggers[0].metadata.customHeaders = 'X=1'), 'with customHeaders'],
  ['a scaler goes by the clock', (m) => scaler(m).triggers.push({ type: 'cron', metadata: {} }), 'asks cron'],
  ['none is left when Prometheus is away', (m) => (scaler(m).fallback.replicas = 0), 'Prometheus is away, 0 are left'],
  ['nobody knows what is left', (m) => delete scaler(m).fallback, 'Prometheus is away, 0 are left'],
  ['a scaler looks once a day', (m) => (scaler(m).pollingInterval = 86400), 'looks every 86400 seconds'],
  ['a scaler ends processes at once', (m) => (scaler(m).cooldownPeriod = 1), 'ends processes after 1'],
  [
    'no budget lets a machine go',
    (m) => (of(m, 'PodDisruptionBudget', 'scan').spec.maxUnavailable = 0),
    'away at once',
  ],
  [
    'what is not well holds its machine',
    (m) => (of(m, 'PodDisruptionBudget', 'scan').spec.unhealthyPodEvictionPolicy = 'IfHealthyBudget'),
    'holds its machine',
  ],
  ['ready at once', (m) => (of(m, 'Deployment', 'scan').spec.minReadySeconds = 0), 'ready before it has run'],
  [
    'machines of the control plane',
    (m) => (podOf(m).tolerations = [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }]),
    'runs where the cluster itself does',
  ],
  ['every service is told of', (m) => (podOf(m).enableServiceLinks = true), 'is told of every service'],
  [
    'a console that is not ready',
    (m) => (of(m, 'Service', 'console').spec.publishNotReadyAddresses = true),
    'leads people to what is not ready',
  ],
  [
    'a sidecar by a label',
    (m) => (of(m, 'Deployment', 'scan').spec.template.metadata.labels['sidecar.istio.io/inject'] = 'true'),
    'the label sidecar.istio.io/inject',
  ],
  ['an account with a Secret', (m) => (of(m, 'ServiceAccount', 'scan').secrets = [{ name: 'x' }]), 'has secrets'],
  ['a secret that is made up', (m) => (target(m).template.data.CREDENCE_REDIS_PASSWORD = 'hunter2'), 'something else'],
  ['a secret that goes', (m) => (target(m).deletionPolicy = 'Delete'), 'its target says deletionPolicy'],
  [
    'telemetry to somebody in clear',
    (m) => variable(m, 'OTEL_EXPORTER_OTLP_ENDPOINT', 'http://6.6.6.6:4318'),
    'leads to http://6.6.6.6:4318 in clear',
  ],
  [
    'telemetry with a password',
    (m) => variable(m, 'OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer abc'),
    'OTEL_EXPORTER_OTLP_HEADERS holds a secret',
  ],
  [
    'windows may wait for years',
    (m) => (alert(m, 'CredenceWindowsWait').expr = 'max by (stage) (credence_window_wait_seconds) > 90000000'),
    'CredenceWindowsWait waits for more than 900',
  ],
  [
    'lag of one source alone',
    (m) => (alert(m, 'CredenceSourceLag').expr = 'max(credence_source_lag_seconds{source="none"}) > 600'),
    'CredenceSourceLag is about one source alone',
  ],
  [
    'nobody is told who was refused',
    (m) => (alert(m, 'CredenceDenied').alert = 'CredenceSomething'),
    'CredenceDenied is not told',
  ],
  ['a refusal is for tomorrow', (m) => (alert(m, 'CredenceDenied').labels.severity = 'warning'), 'is not critical'],
  [
    'measures are given up at once',
    (m) => (of(m, 'ServiceMonitor').spec.endpoints[0].scrapeTimeout = '1ms'),
    'before anybody can answer',
  ],
]
