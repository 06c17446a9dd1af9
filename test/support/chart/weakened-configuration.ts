import { parse, stringify } from 'yaml'
import { of, podOf, type Open, type Weakened } from './open.ts'

/** Changes credence.yaml wherever it is given. */
const configured = (change: (read: Open) => void) => (m: Open[]) => {
  for (const { data } of m.filter(({ kind, data }) => kind === 'ConfigMap' && data['credence.yaml'] !== undefined)) {
    const read: Open = parse(data['credence.yaml'])
    change(read)
    data['credence.yaml'] = stringify(read)
  }
}
const mail = (says: object) => configured(({ datasets }) => Object.assign(datasets.mail, says))
const console = (change: (console: Open) => void) =>
  configured((read) => read.console !== undefined && change(read.console))
const rounds = (says: object) =>
  configured(({ federations }) => federations !== undefined && Object.assign(federations.rounds, says))
const accounts = (m: Open[]): Open[] => m.filter(({ kind }) => kind === 'ServiceAccount')
const contracts = (m: Open[]): Open[] =>
  m.filter(({ kind, data }) => kind === 'ConfigMap' && data['mail.contract.yaml'])
const requests = (m: Open[]): Open => podOf(m).containers[0].resources.requests

/** Each leaves the configuration right by its schema. */
export const CONFIGURED: readonly Weakened[] = [
  // what there is
  [
    'no dataset is read',
    configured((read) => {
      read.datasets = {}
      delete read.federations
    }),
    'names no dataset',
  ],
  ['a dataset is forgotten', configured(({ datasets }) => delete datasets.mail), 'is the contract of no dataset'],
  ['a folder in place of a stream', mail({ source: '/data' }), 'mail reads a folder, which pods do not share'],
  [
    'a contract that takes whatever comes',
    (m) => contracts(m).forEach(({ data }) => (data['mail.contract.yaml'] = 'version: 1\nschema: {}\n')),
    'mail.contract.yaml takes whatever comes',
  ],
  ['objects in each pod', configured((read) => delete read.store), 'store is not said'],
  ['a catalog in each pod', configured((read) => delete read.catalog), 'catalog is not said'],
  ['keys in a file', configured((read) => (read.keys = { local: {} })), 'keys are wrapped by no key service'],
  ['keys in a file as well', configured(({ keys }) => (keys.local = {})), 'keys are wrapped by a file, too'],
  ['state in a folder of the image', configured((read) => (read.data = '/app/state')), 'data is none of a pod'],
  ['peers that nobody verifies', configured((read) => (read.emulator = true)), 'emulator is none of a pod'],
  [
    'metrics at another port',
    configured((read) => (read.http = { host: '0.0.0.0', port: 9229 })),
    'http is none of a pod',
  ],
  // where it is kept
  [
    'objects under a key of the cloud',
    configured(({ store }) => delete store.gcs.kmsKey),
    'gcs is under a key of the cloud',
  ],
  [
    'rows under a key of the cloud',
    configured(({ datasets }) => delete datasets.digits.sink.bigquery.kmsKey),
    'rows of digits are under a key',
  ],
  [
    'what is replaced is gone in a day',
    configured(({ store }) => (store.gcs.retentionDays = 1)),
    'can be restored for 1 days',
  ],
  [
    'nobody asks how long objects can be restored',
    configured(({ store }) => delete store.gcs.retentionDays),
    'nobody looks how long',
  ],
  [
    'objects at somebody’s',
    configured(({ store }) => (store.gcs.endpoint = 'https://storage.example.com')),
    'storage.example.com answers for a cloud',
  ],
  [
    'messages from somebody’s',
    configured(({ datasets }) => (datasets.mail.source.pubsub.endpoint = 'https://pubsub.googleapis.com.example.com')),
    'pubsub.googleapis.com.example.com answers for a cloud',
  ],
  [
    'messages of another project',
    configured(({ datasets }) => (datasets.mail.source.pubsub.project = 'somebody')),
    'more than one project',
  ],
  [
    'rows for another project',
    configured(({ datasets }) => (datasets.digits.sink.bigquery.project = 'somebody')),
    'more than one project',
  ],
  [
    'passwords of another project',
    (m) =>
      m
        .filter(({ kind }) => kind === 'SecretStore')
        .forEach(({ spec }) => (spec.provider.gcpsm.projectID = 'somebody')),
    'more than one project',
  ],
  [
    'an identity of another project',
    (m) =>
      (of(m, 'ServiceAccount', 'scan').metadata.annotations['iam.gke.io/gcp-service-account'] =
        'credence-scan@somebody.iam.gserviceaccount.com'),
    'more than one project',
  ],
  [
    'a role of another account',
    (m) =>
      accounts(m).forEach(
        ({ metadata }, i) =>
          (metadata.annotations = {
            'eks.amazonaws.com/role-arn': `arn:aws:iam::${i > 2 ? '999999999999' : '123456789012'}:role/${metadata.name}`,
          }),
      ),
    'more than one account',
  ],
  [
    'an identity of another tenant',
    (m) =>
      accounts(m).forEach(
        ({ metadata }, i) => (metadata.annotations = { 'azure.workload.identity/tenant-id': i > 2 ? 'a' : 'b' }),
      ),
    'more than one tenant',
  ],
  // who it is
  ['a password for the catalog', configured(({ catalog }) => delete catalog.identity), 'signed in to by a password'],
  [
    'a key for a hub',
    configured(({ datasets }) => (datasets.mail.source = { eventhubs: { connectionStringEnv: 'HUB', hub: 'mail' } })),
    'mail is read with a key that is shared',
  ],
  ['a console without sign-in', console((it) => delete it.openid), 'let into the console by nobody'],
  [
    'everybody administers',
    console(({ openid }) => (openid.roles.everybody = [{ role: 'admin' }])),
    'everybody is admin by one factor',
  ],
  [
    'everybody operates',
    console(({ openid }) => (openid.roles.labelers = [{ role: 'operator' }])),
    'labelers is operator by one factor',
  ],
  ['one person releases everything', console((it) => (it.releaseAlone = 1_000_000)), 'one person releases 1000000'],
  ['the console writes contracts', console((it) => (it.writesContracts = true)), 'the console writes contracts'],
  [
    'detectors from a folder that anybody writes',
    mail({ detectors: ['/tmp/more.js'] }),
    'datasets.mail.detectors.0 comes from /tmp/more.js',
  ],
  ['a model from above', mail({ model: { onnx: '../model.onnx' } }), 'datasets.mail.model.onnx comes from'],
  ['a gate from a folder that anybody writes', rounds({ gate: '/tmp/gate.js' }), 'federations.rounds.gate comes from'],
  ['models are told of in clear', rounds({ mlflow: { url: 'http://mlflow.example.com' } }), 'in clear'],
  // what is held
  ['nothing is risky enough', mail({ policy: { hold: { risk: 1 } } }), 'mail holds nothing'],
  ['nobody has time to review', mail({ policy: { hold: { reviewBudget: 0 } } }), 'mail holds nothing'],
  ['everybody held is guilty', mail({ policy: { hold: { innocentShare: 1e-6 } } }), 'mail holds nothing'],
  ['everything is rejected unseen', mail({ policy: { rejectAbove: 0 } }), 'mail rejects unseen'],
  ['some detectors look', mail({ scan: { effort: 'quick' } }), 'are looked at by some detectors alone'],
  ['nothing is remembered', mail({ memory: false }), 'teach one another nothing'],
  ['what is remembered comes late', mail({ memory: { every: 1000 } }), 'teach one another nothing'],
  ['what is half likely is recalled', mail({ memory: { recall: { automatic: 0.5 } } }), 'recalls by itself'],
  ['windows of ten records', mail({ window: { records: 10 } }), 'of 10 records'],
  ['one client is the sum', rounds({ weightCap: 65_535 }), 'counts for 65535'],
  ['no client poisons', rounds({ attackers: 0 }), 'taken for a poisoner'],
  // where it runs
  [
    'beside the control plane',
    (m) => (podOf(m).nodeSelector = { 'node-role.kubernetes.io/control-plane': '' }),
    'runs beside the control plane',
  ],
  ['where it has no room', (m) => (requests(m).memory = '1Mi'), 'is put where it has no room'],
]

const everywhere = (m: Open[], change: (pod: Open, of: Open) => void) => {
  for (const one of m.filter(({ kind }) => kind === 'Deployment')) change(one.spec.template.spec, one)
}
const renamed = (m: Open[], from: RegExp, to: string) => {
  const text = JSON.stringify(m).replaceAll(from, to)
  m.splice(0, m.length, ...(JSON.parse(text) as Open[]))
}

/** What operators change every day, and nothing is lost by it. */
export const LEGITIMATE: readonly (readonly [name: string, change: (m: Open[]) => void])[] = [
  ['another region', (m) => renamed(m, /europe-west3/g, 'us-east4')],
  ['another project', (m) => renamed(m, /credence-sample(?!-credence)/g, 'vision-training')],
  [
    'another account',
    (m) =>
      accounts(m).forEach(
        ({ metadata }) =>
          (metadata.annotations = { 'eks.amazonaws.com/role-arn': `arn:aws:iam::210987654321:role/${metadata.name}` }),
      ),
  ],
  [
    'one more dataset',
    (m) => {
      configured(
        ({ datasets }) =>
          (datasets.strikes = {
            ...datasets.mail,
            contract: './strikes.contract.yaml',
            source: { pubsub: { ...datasets.mail.source.pubsub, subscription: 'credence-strikes' } },
          }),
      )(m)
      contracts(m).forEach(
        ({ data }) => (data['strikes.contract.yaml'] = 'version: 1\nschema: { properties: { a: { type: number } } }\n'),
      )
    },
  ],
  [
    'larger processes',
    (m) =>
      everywhere(
        m,
        ({ containers }) =>
          (containers[0].resources = {
            requests: { cpu: '2', memory: '8Gi', 'ephemeral-storage': '64Mi' },
            limits: { memory: '8Gi', 'ephemeral-storage': '256Mi' },
          }),
      ),
  ],
  ['more processes', (m) => everywhere(m, (_, { spec }) => (spec.replicas === 2 ? (spec.replicas = 5) : undefined))],
  ['machines of another kind', (m) => everywhere(m, (pod) => (pod.nodeSelector = { 'kubernetes.io/arch': 'amd64' }))],
  [
    'a team’s annotation',
    (m) => everywhere(m, (_, { spec }) => (spec.template.metadata.annotations['example.org/cost-centre'] = '4711')),
  ],
  ['another version', (m) => renamed(m, /sha256:[0-9a-f]{64}/g, `sha256:${'5'.repeat(64)}`)],
  ['more is held', mail({ policy: { hold: { risk: 0.3 } } })],
  ['a budget for reviews', mail({ policy: { hold: { reviewBudget: 40 } } })],
  ['windows of a fifth', mail({ window: { records: 2000, seconds: 30 } })],
  ['what is nearly certain is recalled', mail({ memory: { recall: { automatic: 0.99 } } })],
  ['objects are locked for longer', configured(({ store }) => (store.gcs.retentionDays = 90))],
  [
    'another viewer, and an operator with a second factor',
    console(({ openid }) => {
      openid.roles.auditors = [{ role: 'auditor' }]
      openid.roles.platform = [{ role: 'operator' }]
      openid.stepUp = { acr: ['phrh'] }
    }),
  ],
  ['clients are judged', rounds({ aggregate: 'judged', attackers: 0.3 })],
  [
    'a key of another project',
    configured(({ keys }) => (keys.gcpkms.key = 'projects/keys-only/locations/us/keyRings/a/cryptoKeys/b')),
  ],
  ['evidence at another hour', (m) => (of(m, 'CronJob', 'verify').spec.schedule = '5 22 * * *')],
]
