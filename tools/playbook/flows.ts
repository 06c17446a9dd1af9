import type { Principal, Product } from '../../infra/permissions/entry.ts'
import { STATEMENT } from '../../infra/permissions/statement.ts'

/** What a call of each product of a cloud is, as a flow of data. */
const KINDS = {
  s3: 'objects',
  blob: 'objects',
  gcs: 'objects',
  awskms: 'wrapped keys',
  keyvault: 'wrapped keys',
  gcpkms: 'wrapped keys',
  kinesis: 'records of streams',
  eventhubs: 'records of streams',
  pubsub: 'records of streams',
  'rds-db': 'catalog',
  cloudsql: 'catalog',
  secretmanager: 'secrets',
  sts: 'who one is',
  bigquery: 'delivered rows',
} as const satisfies Readonly<Record<Product, string>>

/** Flows that no cloud's permission is asked for. */
const OTHERS: Readonly<Record<string, string>> = {
  jobs: 'services and the queue',
  'pages and decisions': 'browsers and console',
  updates: 'clients and federate',
}

/** Every flow with who is at its ends: those with services of a cloud are made from the statement of permissions. */
export function flows(): Map<string, string> {
  const callers = new Map<string, Set<Principal>>()
  for (const { product, principal } of STATEMENT) {
    const kind = KINDS[product]
    callers.set(kind, new Set([...(callers.get(kind) ?? []), principal]))
  }
  const called = [...callers].map(([kind, who]): [string, string] => [kind, [...who].join(', ')])
  return new Map([...called, ...Object.entries(OTHERS)])
}
