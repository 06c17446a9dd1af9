import { of, podOf, type Open, type Weakened } from './open.ts'

const configuration = (m: Open[], end: string): Open =>
  m.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === `credence${end}`)
const edited = (m: Open[], end: string, from: string, to: string) => {
  const { data } = configuration(m, end)
  data['credence.yaml'] = data['credence.yaml'].replace(from, to)
}
const password = (m: Open[], name = 'scan'): Open =>
  podOf(m, name).containers[0].env.find(({ valueFrom }: Open) => valueFrom !== undefined)
const secret = (m: Open[]): Open => of(m, 'ExternalSecret').spec
const spread = (m: Open[], name = 'scan'): Open => podOf(m, name).topologySpreadConstraints[0]
const flow = (m: Open[]): Open => of(m, 'NetworkPolicy', '-to-postgres').spec

/** One object that says otherwise than those that say the same thing. */
export const ALIKE: readonly Weakened[] = [
  [
    'one service reads another store',
    (m) => edited(m, '', '"bucket": "credence-sample-credence"', '"bucket": "mine"'),
    'ConfigMap/credence: `store` is not in the others, or says otherwise',
  ],
  [
    'one configuration says more',
    (m) => (configuration(m, '-evidence').data['credence.yaml'] += '\nhttp: { port: 9999 }\n'),
    'ConfigMap/credence-evidence: `http` is not in the others, or says otherwise',
  ],
  [
    'the check looks at another queue',
    (m) => edited(m, '-check', '10.29.0.4:6378', '10.66.6.6:6378'),
    'ConfigMap/credence-check: `queue` is another than the others',
  ],
  [
    'services are told how people sign in',
    (m) => (configuration(m, '').data['credence.yaml'] += '\nconsole: { origin: https://x.example }\n'),
    'ConfigMap/credence: `console` is none of its business',
  ],
  [
    'one service has a contract of its own',
    (m) => (configuration(m, '').data['mail.contract.yaml'] = 'version: 1\nfields: {}\n'),
    'ConfigMap/credence: mail.contract.yaml is not in the others, or says otherwise',
  ],
  [
    'a file beside credence.yaml',
    (m) => (configuration(m, '').data['more.yaml'] = 'x: 1'),
    'ConfigMap/credence: more.yaml is not in the others, or says otherwise',
  ],
  [
    'a file that nobody reads in a review',
    (m) => (configuration(m, '').binaryData = { 'mail.contract.yaml': 'eA==' }),
    'ConfigMap/credence has binaryData',
  ],
  [
    'a password is another key of the secret',
    (m) => (password(m).valueFrom.secretKeyRef.key = 'CREDENCE_OPENID_SECRET'),
    'CREDENCE_REDIS_PASSWORD is CREDENCE_OPENID_SECRET of the secret',
  ],
  [
    'a password is a field of the pod',
    (m) => (password(m).valueFrom = { fieldRef: { fieldPath: 'metadata.name' } }),
    'CREDENCE_REDIS_PASSWORD comes from fieldRef',
  ],
  [
    'a service has passwords of the check',
    (m) => (password(m).valueFrom.secretKeyRef.name = 'credence-check'),
    'Deployment/credence-scan has passwords of credence-check, and others have not',
  ],
  [
    'another store of secrets',
    (m) => (secret(m).secretStoreRef.name = 'somebody-elses'),
    'is of the store somebody-elses',
  ],
  [
    'another secret of the store',
    (m) => (secret(m).data[0].remoteRef.key = 'mine'),
    'reads mine as CREDENCE_REDIS_PASSWORD, and another does not',
  ],
  [
    'a password that is read twice',
    (m) => secret(m).data.push({ ...secret(m).data[0], secretKey: 'CREDENCE_OPENID_SECRET' }),
    'two passwords are credence-redis',
  ],
  [
    'a store of another project',
    (m) => (of(m, 'SecretStore').spec.provider.gcpsm.projectID = 'mine'),
    'its provider is another than the others',
  ],
  [
    'another pull secret',
    (m) => (podOf(m).imagePullSecrets = [{ name: 'mine' }]),
    'Deployment/credence-scan: its image is pulled by other secrets than the others',
  ],
  [
    'an image that is there already, for one',
    (m) => (podOf(m).containers[0].imagePullPolicy = 'Always'),
    'Deployment/credence-scan: its image is pulled otherwise than the others',
  ],
  [
    'spread where it can be had',
    (m) => (spread(m).whenUnsatisfiable = 'ScheduleAnyway'),
    'Deployment/credence-scan: is spread less strictly than others',
  ],
  ['spread over one zone', (m) => (spread(m).nodeTaintsPolicy = 'Ignore'), 'is spread with nodeTaintsPolicy'],
  [
    'an upgrade counts what it ends',
    (m) => (spread(m).matchLabelKeys = ['app.kubernetes.io/version']),
    'counts processes of one upgrade by',
  ],
  [
    'rules that are not looked at',
    (m) => (flow(m).policyTypes = ['Ingress']),
    'NetworkPolicy/credence-to-postgres is of Ingress, and has rules of Egress',
  ],
  [
    'no direction',
    (m) => delete flow(m).policyTypes,
    'NetworkPolicy/credence-to-postgres does not say which directions it is of',
  ],
]
