import { CLOUDS, type Cloud, type Principal, type Product } from '../../infra/permissions/entry.ts'
import { STATEMENT } from '../../infra/permissions/statement.ts'
import { reach } from './threats.ts'
import { svg, type Arrow, type Box } from './svg.ts'

const box = (id: string, at: Box['at'], lines: string, tone: Box['tone'] = 'plain', width?: number): Box => ({
  id,
  at,
  lines: lines.split('\n'),
  tone,
  ...(width !== undefined && { width }),
})
const arrow = (from: string, to: string, label = ''): Arrow => ({ from, to, label })

/** Every diagram of the playbook, by its file. The flows are made from the statement of permissions. */
export function diagrams(): Map<string, string> {
  return new Map([
    ['pipeline', pipeline()],
    ['keys', keys()],
    ['round', round()],
    ['chain', chain()],
    ['flows', flows()],
    ...(Object.keys(CLOUDS) as Cloud[]).map((cloud) => [`cloud-${cloud}`, cloudCalls(cloud)] as const),
  ])
}

function pipeline(): string {
  return svg(
    'From a delivery to training',
    [
      box('source', [0, 0], 'deliveries\nstreams, files'),
      box('ingest', [1, 0], 'ingest\ndecode, validate,\nsanitize, stage', 'service'),
      box('scan', [2, 0], 'scan\nfeatures, detectors,\nrisk, decision', 'service'),
      box('encrypt', [3, 0], 'encrypt\nobjects, keys,\nsigned link', 'service'),
      box('training', [4, 0], 'training\nreads through\nthe chain', 'good'),
      box('dead', [1, 1], 'dead letters\nkept raw, encrypted', 'bad'),
      box('held', [3, 1], 'quarantine\nreleased or rejected\nby people', 'bad'),
    ],
    [
      arrow('source', 'ingest'),
      arrow('ingest', 'scan'),
      arrow('scan', 'encrypt'),
      arrow('encrypt', 'training', 'admitted'),
      arrow('ingest', 'dead', 'refused'),
      arrow('encrypt', 'held', 'held'),
    ],
  )
}

function keys(): string {
  return svg(
    'What wraps what',
    [
      box('one', [0, 0], 'key service 1\na key, its versions', 'service'),
      box('two', [0, 1], 'key service 2\na key, its versions', 'service'),
      box('record', [1, 0], 'key record\nthe epoch key,\nwrapped by each'),
      box('epoch', [2, 0], 'epoch key\nof one dataset', 'good'),
      box('object', [3, 0], 'object\nits data key in its\nown header'),
      box('signing', [2, 1], 'signing key\nends by rotation', 'good'),
      box('link', [3, 1], 'links, decisions,\ncheckpoints'),
    ],
    [
      arrow('one', 'record', 'wraps'),
      arrow('two', 'record', 'wraps'),
      arrow('record', 'epoch', 'opens'),
      arrow('epoch', 'object', 'wraps'),
      arrow('record', 'signing', 'opens'),
      arrow('signing', 'link', 'signs'),
    ],
  )
}

function round(): string {
  return svg(
    'A masked round',
    [
      box('terms', [0, 0], 'terms\nwho is asked,\nclip, minimum'),
      box('advertise', [1, 0], 'advertise\nfresh keys'),
      box('share', [2, 0], 'share\nsealed shares'),
      box('mask', [3, 0], 'mask\nupdate + masks', 'service'),
      box('sketch', [3, 1], 'sketch\nwho lied and who\nstands out goes', 'bad'),
      box('agree', [2, 1], 'agree\none list, signed'),
      box('unmask', [1, 1], 'unmask\nthe sum alone', 'service'),
      box('model', [0, 1], 'model\nor rolled back', 'good'),
    ],
    [
      arrow('terms', 'advertise'),
      arrow('advertise', 'share'),
      arrow('share', 'mask'),
      arrow('mask', 'sketch'),
      arrow('sketch', 'agree'),
      arrow('agree', 'unmask'),
      arrow('unmask', 'model', 'gate'),
    ],
  )
}

function chain(): string {
  return svg(
    'The chain of a dataset',
    [
      box('one', [0, 0], 'link 1\nwindow', 'service'),
      box('two', [1, 0], 'link 2\nwindow', 'service'),
      box('three', [2, 0], 'link 3\nrelease', 'good'),
      box('four', [3, 0], 'link 4\nrecall', 'bad'),
      box('catalog', [1, 1], 'catalog\nknows each link'),
      box('log', [2, 1], 'audit log\nsigns the heads'),
      box('kept', [3, 1], 'head, kept\nelsewhere'),
    ],
    [
      arrow('two', 'one', 'digest'),
      arrow('three', 'two', 'digest'),
      arrow('four', 'three', 'digest'),
      arrow('catalog', 'two'),
      arrow('log', 'three'),
      arrow('kept', 'four'),
    ],
  )
}

/** One row a service: zones that it reads on the left, zones that it writes or deletes in on the right. */
function flows(): string {
  const boxes: Box[] = []
  const arrows: Arrow[] = []
  for (const [row, [who, zones]] of [...reach()].entries()) {
    const of = (...does: string[]) =>
      [...zones].filter(([, done]) => does.some((one) => done.has(one))).map(([zone]) => zone)
    const reads = of('read', 'list')
    const writes = of('create', 'replace', 'delete')
    boxes.push(box(who, [1, row], who, 'service', 110))
    if (reads.length > 0) {
      boxes.push(box(`${who} reads`, [0, row], wrapped(reads), 'plain', 300))
      arrows.push(arrow(`${who} reads`, who))
    }
    if (writes.length > 0) {
      boxes.push(box(`${who} writes`, [2, row], wrapped(writes), 'plain', 300))
      arrows.push(arrow(who, `${who} writes`))
    }
  }
  return svg('What services read (left) and write or delete (right)', boxes, arrows, { column: 355, row: 64 })
}

function wrapped(zones: readonly string[]): string {
  const half = Math.ceil(zones.length / 2)
  return zones.length <= 3 ? zones.join(', ') : `${zones.slice(0, half).join(', ')},\n${zones.slice(half).join(', ')}`
}

const PRODUCTS: Readonly<Record<Product, string>> = {
  s3: 'S3',
  awskms: 'AWS KMS',
  kinesis: 'Kinesis',
  'rds-db': 'RDS',
  sts: 'STS',
  blob: 'Blob, ADLS',
  keyvault: 'Key Vault',
  eventhubs: 'Event Hubs',
  gcs: 'Cloud Storage',
  gcpkms: 'Cloud KMS',
  secretmanager: 'Secret Manager',
  cloudsql: 'Cloud SQL',
  pubsub: 'Pub/Sub',
  bigquery: 'BigQuery',
}

/** Which services of a cloud each identity calls, by the statement of permissions. */
function cloudCalls(cloud: Cloud): string {
  const calls = new Map<Principal, Set<Product>>()
  for (const entry of STATEMENT) {
    if (entry.cloud !== cloud) continue
    calls.set(entry.principal, new Set([...(calls.get(entry.principal) ?? []), entry.product]))
  }
  const rows = [...calls].map(([who, products], row) => ({
    boxes: [
      box(who, [0, row], who, 'service', 110),
      box(`${who} calls`, [1, row], [...products].map((one) => PRODUCTS[one]).join(', '), 'plain', 500),
    ],
    arrow: arrow(who, `${who} calls`),
  }))
  return svg(
    `${CLOUDS[cloud]}: who calls what`,
    rows.flatMap(({ boxes }) => boxes),
    rows.map(({ arrow }) => arrow),
    {
      column: 190,
      row: 36,
    },
  )
}
