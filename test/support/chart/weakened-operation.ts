import { of, podOf, type Open, type Weakened } from './open.ts'

const rules = (manifests: Open[]): Open[] =>
  of(manifests, 'PrometheusRule').spec.groups.flatMap((group: Open) => group.rules)
const evidence = (manifests: Open[]): Open => of(manifests, 'CronJob', 'verify').spec
const certificate = (manifests: Open[]): Open => of(manifests, 'Certificate', 'scan').spec
const external = (manifests: Open[]): Open => of(manifests, 'ExternalSecret').spec

/** What watches, proves and is renewed while it runs. */
export const OPERATION: readonly Weakened[] = [
  ['alerts look at nothing', (m) => rules(m).forEach((rule) => (rule.expr = 'vector(0) > 1')), 'told in time'],
  ['an alert waits for a month', (m) => (rules(m)[0].for = '30d'), 'told in time'],
  ['nothing is measured', (m) => m.splice(m.indexOf(of(m, 'ServiceMonitor')), 1), 'nothing is measured'],
  [
    'measures are taken once a day',
    (m) => (of(m, 'ServiceMonitor').spec.endpoints[0].interval = '24h'),
    'nothing is measured',
  ],
  ['runs of the evidence overlap', (m) => (evidence(m).concurrencyPolicy = 'Allow'), 'overlap'],
  [
    'the evidence asks for help alone',
    (m) => (evidence(m).jobTemplate.spec.template.spec.containers[0].args = ['verify', '--help']),
    'run otherwise',
  ],
  [
    'a process reads another configuration',
    (m) => (podOf(m).containers[0].args[2] = '/tmp/credence.yaml'),
    'run otherwise',
  ],
  ['a process has no time to end', (m) => (podOf(m).terminationGracePeriodSeconds = 0), 'no time to end'],
  ['a thousand processes', (m) => (of(m, 'ScaledObject', 'scan').spec.maxReplicaCount = 1000), 'every machine'],
  ['a weak key', (m) => (certificate(m).privateKey = { algorithm: 'RSA', size: 1024 }), 'weak'],
  ['a key that lives on', (m) => (certificate(m).privateKey.rotationPolicy = 'Never'), 'lives on'],
  [
    'a certificate in the name of the operator',
    (m) => (certificate(m).uris = ['spiffe://cluster.local/ns/credence/sa/credence-operator']),
    'in the name of another',
  ],
  [
    'every secret of the vault',
    (m) => (external(m).dataFrom = [{ find: { name: { regexp: '.*' } } }]),
    'more than it names',
  ],
  ['a secret that is never read anew', (m) => (external(m).refreshInterval = '0s'), 'read anew'],
  [
    'a key that every process may read',
    (m) => (podOf(m).volumes.find(({ secret }: Open) => secret).secret.defaultMode = 0o644),
    'more than its group',
  ],
]
