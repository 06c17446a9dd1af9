import { of, podOf, type Open, type Weakened } from './open.ts'

const containerOf = (m: Open[], name = 'scan'): Open => podOf(m, name).containers[0]
const variable = (m: Open[], name: string): Open => containerOf(m).env.find((one: Open) => one.name === name)
const scaler = (m: Open[]): Open => of(m, 'ScaledObject', 'scan').spec
const evidence = (m: Open[]): Open => of(m, 'CronJob', 'verify').spec.jobTemplate.spec
const alert = (m: Open[], name: string): Open =>
  of(m, 'PrometheusRule')
    .spec.groups.flatMap((group: Open) => group.rules)
    .find((rule: Open) => rule.alert === name)
const configured = (m: Open[], from: RegExp | string, to: string) => {
  const maps = m.filter(({ kind, data }) => kind === 'ConfigMap' && data['credence.yaml'] !== undefined)
  for (const { data } of maps) data['credence.yaml'] = data['credence.yaml'].replace(from, to)
}
const named = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })

/** Each says what may be said, of somebody else, at another pace or to no end. */
export const ALLOWED: readonly Weakened[] = [
  // who it is
  [
    'a service signs in to the catalog as another',
    (m) => (variable(m, 'CREDENCE_POSTGRES_USER').value = 'credence-operator%40credence-sample.iam'),
    'Deployment/credence-scan signs in to the catalog as credence-operator',
  ],
  [
    'a service reads another’s configuration',
    (m) => (podOf(m).volumes[0].configMap.name = 'credence-console'),
    'Deployment/credence-scan: spec.template.spec.volumes.*.configMap.name is credence-console',
  ],
  [
    'a part of a configuration is another',
    (m) => (podOf(m).volumes[0].configMap.items = [{ key: 'mail.contract.yaml', path: 'credence.yaml' }]),
    'says spec.template.spec.volumes.*.configMap.items.*.key, which no rendering says',
  ],
  [
    'one service is in another region',
    (m) => (variable(m, 'AWS_REGION').value = 'us-east-1'),
    'AWS_REGION is not what the others are told',
  ],
  [
    'a token for somebody else',
    (m) =>
      (of(m, 'ServiceAccount', 'scan').metadata.annotations['eks.amazonaws.com/audience'] = 'https://evil.example'),
    'has the annotation eks.amazonaws.com/audience',
  ],
  [
    'a process in the mode of nobody',
    (m) => containerOf(m).env.splice(-1),
    'Deployment/credence-scan: NODE_ENV is not what the others are told',
  ],
  // secrets
  [
    'a secret that something copies to every namespace',
    (m) =>
      (of(m, 'ExternalSecret').spec.target.template.metadata = {
        annotations: { 'reflector.v1.k8s.emberstack.com/reflection-allowed': 'true' },
      }),
    'says spec.target.template.metadata.annotations.reflector.v1.k8s.emberstack.com/reflection-allowed',
  ],
  [
    'a secret from a template that is elsewhere',
    (m) => (of(m, 'ExternalSecret').spec.target.template.templateFrom = [{ target: 'Data', literal: 'A: b' }]),
    'says spec.target.template.templateFrom.*.literal',
  ],
  [
    'a store that is text',
    (m) =>
      m
        .filter(({ kind }) => kind === 'SecretStore')
        .forEach(({ spec }) => (spec.provider = { fake: { data: [{ key: 'credence-redis', value: 'hunter2' }] } })),
    'SecretStore/credence is opened as nobody',
  ],
  [
    'a store that anybody answers for',
    (m) =>
      m
        .filter(({ kind }) => kind === 'SecretStore')
        .forEach(({ spec }) => (spec.provider = { webhook: { url: 'https://6.6.6.6', result: { jsonPath: '$' } } })),
    'SecretStore/credence is opened as nobody',
  ],
  [
    'clients of a federation show no certificate',
    (m) => configured(m, /^ *clients: .*\n/m, ''),
    'rounds asks its clients for no certificate',
  ],
  [
    'what a container says is taken for another’s',
    (m) => (containerOf(m).name = 'encrypt'),
    'Deployment/credence-scan: spec.template.spec.containers.*.name is encrypt',
  ],
  [
    'a certificate in the secret of another',
    (m) => (of(m, 'Certificate', 'scan').spec.secretName = 'credence-encrypt-tls'),
    'Certificate/credence-scan: spec.secretName is credence-encrypt-tls',
  ],
  // networks
  [
    'a flow to the whole private network',
    (m) => (of(m, 'NetworkPolicy', '-to-apis').spec.egress[0].to = [{ ipBlock: { cidr: '10.0.0.0/8' } }]),
    'NetworkPolicy/credence-to-apis lets everything out',
  ],
  [
    'a flow that leads to somebody’s pods',
    (m) =>
      m.push({
        ...structuredClone(of(m, 'NetworkPolicy', '-to-apis')),
        metadata: { name: 'credence-to-more' },
        spec: {
          ...structuredClone(of(m, 'NetworkPolicy', '-to-apis').spec),
          egress: [
            {
              to: [{ namespaceSelector: named('default'), podSelector: { matchLabels: { run: 'x' } } }],
              ports: [{ protocol: 'TCP', port: 443 }],
            },
          ],
        },
      }),
    'NetworkPolicy/credence-to-more leads to pods, and asks for no names',
  ],
  [
    'pods of another namespace measure',
    (m) =>
      of(m, 'NetworkPolicy', '-from-prometheus').spec.ingress[0].from.push({
        namespaceSelector: named('default'),
        podSelector: { matchLabels: { run: 'x' } },
      }),
    'NetworkPolicy/credence-from-prometheus lets in more than one',
  ],
  [
    'a flow for nobody who runs',
    (m) => of(m, 'NetworkPolicy', '-to-collector').spec.podSelector.matchExpressions[0].values.push('check'),
    'spec.podSelector.matchExpressions.*.values.* is check',
  ],
  [
    'a door leads to another port',
    (m) => (of(m, 'Service', 'console').spec.ports[0].targetPort = 9229),
    'Service/credence-console: spec.ports.*.targetPort is 9229',
  ],
  [
    'a probe of a socket elsewhere',
    (m) => (containerOf(m, 'console').readinessProbe.tcpSocket.host = '6.6.6.6'),
    'readinessProbe.tcpSocket.host, which no rendering says',
  ],
  [
    'liveness of the console is another port',
    (m) => (containerOf(m, 'console').livenessProbe.tcpSocket.port = 22),
    'livenessProbe.tcpSocket.port is 22',
  ],
  // going on
  [
    'liveness ends at the first breath',
    (m) => (containerOf(m).livenessProbe.failureThreshold = 1),
    'livenessProbe.failureThreshold, which no rendering says',
  ],
  [
    'a process is ready in a day',
    (m) => (of(m, 'Deployment', 'scan').spec.minReadySeconds = 86400),
    'spec.minReadySeconds is 86400',
  ],
  [
    'a process ends in a day',
    (m) => (podOf(m).terminationGracePeriodSeconds = 86400),
    'terminationGracePeriodSeconds is 86400',
  ],
  [
    'more processor than a machine has',
    (m) => (containerOf(m).resources.requests.cpu = '1000'),
    '1000 of processor is more than any machine has',
  ],
  ['a megabyte of memory', (m) => (containerOf(m).resources.limits.memory = '1Mi'), 'nothing runs in 1Mi'],
  [
    'readers are the first to go',
    (m) => (of(m, 'PriorityClass', 'steady').value = -1000),
    'PriorityClass/credence-steady is the first to go',
  ],
  [
    'scans before what commits',
    (m) => (of(m, 'PriorityClass', '-scan').value = 900000),
    'PriorityClass/credence-scan: what waits goes before what commits',
  ],
  [
    'a scaler gives Prometheus up never',
    (m) => (scaler(m).fallback.failureThreshold = 1000000),
    'spec.fallback.failureThreshold is 1000000',
  ],
  ['a scaler falls back to fewer', (m) => (scaler(m).fallback.behavior = 'static'), 'spec.fallback.behavior is static'],
  [
    'a scaler counts the mean of processes',
    (m) => (scaler(m).triggers[0].metricType = 'AverageValue'),
    'is looked at as AverageValue',
  ],
  [
    'three times as many start at an upgrade',
    (m) => (of(m, 'Deployment', 'scan').spec.strategy.rollingUpdate.maxSurge = '300%'),
    'spec.strategy.rollingUpdate.maxSurge is 300%',
  ],
  [
    'evidence that failed is gone before anybody asks',
    (m) => (evidence(m).ttlSecondsAfterFinished = 0),
    'ttlSecondsAfterFinished is 0',
  ],
  [
    'evidence that failed is made again in its place',
    (m) => (evidence(m).template.spec.restartPolicy = 'OnFailure'),
    'restartPolicy is OnFailure',
  ],
  [
    'a check that failed leaves no trace',
    (m) =>
      (of(m, 'Job', 'check').metadata.annotations['helm.sh/hook-delete-policy'] =
        'before-hook-creation,hook-succeeded,hook-failed'),
    'hook-delete-policy is before-hook-creation,hook-succeeded,hook-failed',
  ],
  [
    'a machine waits for one process for ever',
    (m) =>
      (of(m, 'Deployment', 'scan').spec.template.metadata.annotations[
        'cluster-autoscaler.kubernetes.io/safe-to-evict'
      ] = 'false'),
    'safe-to-evict makes something else of it',
  ],
  // who is told
  [
    'an alert about all processes at once',
    (m) => (alert(m, 'CredenceServiceDown').expr = 'sum(up{job="credence"}) == 0'),
    'expr is sum(up',
  ],
  [
    'an alert about the last second',
    (m) => (alert(m, 'CredenceMuchHeld').expr = alert(m, 'CredenceMuchHeld').expr.replaceAll('[1h]', '[1s]')),
    '[1s]',
  ],
  [
    'an alert about what never happens',
    (m) => (alert(m, 'CredenceSourceHeld').expr = alert(m, 'CredenceSourceHeld').expr.replace('source .+', 'nothing')),
    'expr is sum by (what, code) (increase(credence_held_total{what=~"nothing"',
  ],
  [
    'alerts that Prometheus does not find',
    (m) => delete of(m, 'PrometheusRule').metadata.labels.release,
    'PrometheusRule/credence is not found where ServiceMonitor/credence is',
  ],
  [
    'another port is measured',
    (m) => (of(m, 'ServiceMonitor').spec.endpoints[0].port = 'pages'),
    'spec.endpoints.*.port is pages',
  ],
]
