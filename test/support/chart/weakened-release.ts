import { of, podOf, type Open, type Weakened } from './open.ts'

const containerOf = (manifests: Open[]): Open => podOf(manifests).containers[0]
const check = (manifests: Open[]): Open => of(manifests, 'Job', 'check').spec
const evidence = (manifests: Open[]): Open => of(manifests, 'CronJob', 'verify').spec.jobTemplate.spec
const rules = (manifests: Open[]): Open => of(manifests, 'PrometheusRule').spec.groups[0]
const annotated = (one: Open, annotations: object) => Object.assign((one.metadata.annotations ??= {}), annotations)

/** What Helm does with an object, what lies over what, how often something is tried, and what takes an alert back. */
export const RELEASE: readonly Weakened[] = [
  [
    'nothing is denied until Helm’s tests run',
    (m) => annotated(of(m, 'NetworkPolicy', '-none'), { 'helm.sh/hook': 'test' }),
    'NetworkPolicy/credence-none is a hook, and no part of the release',
  ],
  [
    'what denies everything goes when it has been made',
    (m) =>
      annotated(of(m, 'NetworkPolicy', '-none'), {
        'helm.sh/hook': 'pre-install,pre-upgrade',
        'helm.sh/hook-weight': '-10',
        'helm.sh/hook-delete-policy': 'hook-succeeded',
      }),
    'NetworkPolicy/credence-none is a hook, and no part of the release',
  ],
  [
    'the check’s network is made after it',
    (m) => annotated(of(m, 'NetworkPolicy', 'check'), { 'helm.sh/hook-weight': '10' }),
    'NetworkPolicy/credence-check is made in the wrong order: 10',
  ],
  [
    'the check’s network is made for installations alone',
    (m) => annotated(of(m, 'NetworkPolicy', 'check'), { 'helm.sh/hook': 'post-install' }),
    'NetworkPolicy/credence-check is a hook of post-install',
  ],
  [
    'an account outlives its release',
    (m) => annotated(of(m, 'ServiceAccount', 'scan'), { 'helm.sh/resource-policy': 'keep' }),
    'ServiceAccount/credence-scan outlives its release',
  ],
  [
    'a ConfigMap lies over the program',
    (m) => containerOf(m).volumeMounts.push({ name: 'configuration', mountPath: '/app/cli', readOnly: true }),
    'Deployment/credence-scan: configuration lies over /app/cli',
  ],
  [
    'a file lies over Node.js',
    (m) => Object.assign(containerOf(m).volumeMounts[0], { mountPath: '/usr/local/bin/node', subPath: 'node' }),
    'Deployment/credence-scan: a part of configuration lies over /usr/local/bin/node',
  ],
  [
    'a variable is given again',
    (m) => containerOf(m).env.push({ ...containerOf(m).env[0], value: '/tmp/certificates' }),
    'is given more than once',
  ],
  [
    'a password may be missing',
    (m) => containerOf(m).env.forEach(({ valueFrom }: Open) => valueFrom && (valueFrom.secretKeyRef.optional = true)),
    'Deployment/credence-scan: CREDENCE_REDIS_PASSWORD may be missing',
  ],
  [
    'certificates may be missing',
    (m) => (podOf(m).volumes.find(({ secret }: Open) => secret).secret.optional = true),
    'certificate may be missing',
  ],
  [
    'the password of last year',
    (m) => (of(m, 'ExternalSecret').spec.data[0].remoteRef.version = '1'),
    'CREDENCE_REDIS_PASSWORD is read as it was',
  ],
  [
    'keys are asked for in clear',
    (m) =>
      m
        .filter(({ kind, data }) => kind === 'ConfigMap' && data['credence.yaml'] !== undefined)
        .forEach(({ data }) => (data['credence.yaml'] += '\nendpoint: http://6.6.6.6\n')),
    'something is asked in clear',
  ],
  ['the check is tried until it passes', (m) => (check(m).backoffLimit = 100), 'Job/credence-check is tried 100 times'],
  ['the check never ends', (m) => delete check(m).activeDeadlineSeconds, 'Job/credence-check may never end'],
  [
    'links that do not verify are let go',
    (m) => (evidence(m).podFailurePolicy = { rules: [{ action: 'Ignore' }] }),
    'CronJob/credence-verify says podFailurePolicy',
  ],
  [
    'namespaces that somebody labelled reach the console',
    (m) =>
      (of(m, 'NetworkPolicy', 'console-from').spec.ingress[0].from[0].namespaceSelector.matchLabels = { team: 'data' }),
    'NetworkPolicy/credence-to-console-from-outside lets in namespaces by a label',
  ],
  [
    'an alert that something takes back',
    (m) => (rules(m).rules[0].expr += ' unless on () vector(1)'),
    'CredenceServiceDown is taken back by `unless`',
  ],
  ['alerts are asked once a day', (m) => (rules(m).interval = '24h'), 'credence is asked every 24h'],
]
