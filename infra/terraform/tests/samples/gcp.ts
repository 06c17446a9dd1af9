import type { JsonObject } from '../hcl.ts'
import type { Samples } from '../translate.ts'
import type { Given } from '../permissions-gcp.ts'

const PROJECT = 'credence-sample'
const OPERATIONS = [
  'verify',
  'audit',
  'check',
  'countObjects',
  'newEpochs',
  'rotateSigning',
  'reencrypt',
  'destroy',
  'letters',
  'neighbours',
  'releases',
] as const

/** One installation of `modules/gcp`: two datasets, one of which goes to BigQuery, everything that is optional switched on. */
export const SAMPLES: Samples = {
  variables: {
    project_id: PROJECT,
    region: 'europe-west3',
    datasets: {
      digits: {
        table: 'digits',
        readers: ['group:training@example.org', 'serviceAccount:trainer@elsewhere.iam.gserviceaccount.com'],
        publishers: ['serviceAccount:scanner@elsewhere.iam.gserviceaccount.com'],
        schema: { type: 'AVRO', definition: '{"type":"string"}' },
      },
      mail: { ordered: true },
    },
    store: { prefix: 'team/credence' },
    operations: [...OPERATIONS],
    federations: ['rounds'],
    console: true,
    people: { reviewer: ['group:reviewers@example.org'], operator: ['user:oncall@example.org'] },
    workload_identity: { pool: `${PROJECT}.svc.id.goog`, namespace: 'credence' },
    perimeter: {
      policy: '123456789',
      access_levels: ['accessPolicies/123456789/accessLevels/office'],
      identities: ['user:oncall@example.org'],
    },
    keys: { administrators: ['group:security@example.org'], import: true },
    warehouse: { policy_tag: true, sensitive_readers: ['group:privacy@example.org'] },
    postgres: { iam_users: ['group:dba@example.org'] },
    egress: { collector: { ranges: ['10.40.0.0/24'], ports: ['4318'] } },
    alerts: { channels: [`projects/${PROJECT}/notificationChannels/1`] },
    database_password: 'not-one-that-is-used-anywhere',
  },
  attributes: {
    'data.google_project.this': { number: '123456789012' },
    'data.google_storage_project_service_account.this': {
      email_address: 'service-123456789012@gs-project-accounts.iam.gserviceaccount.com',
    },
    'data.google_bigquery_default_service_account.this': {
      email: 'bq-123456789012@bigquery-encryption.iam.gserviceaccount.com',
    },
    'google_kms_crypto_key.epochs': {
      id: `projects/${PROJECT}/locations/europe-west3/keyRings/credence/cryptoKeys/epochs`,
    },
    'google_sql_database_instance.this': { dns_name: 'a1b2.c3d4.europe-west3.sql.goog.' },
    'google_redis_instance.this': { host: '10.29.0.4', port: 6378 },
    'google_compute_address.postgres': { address: '10.20.0.5' },
  },
}

/** By which other things are made. */
export const SHAPES: Readonly<Record<string, JsonObject>> = {
  vip: { google_apis: 'restricted-vip', keys: {}, perimeter: { policy: '123456789', dry_run: true } },
}

/** What of the samples the statement of permissions is about. */
export const GIVEN: Given = {
  project: PROJECT,
  datasets: [
    { name: 'digits', subscription: 'credence-digits', table: 'digits' },
    { name: 'mail', subscription: 'credence-mail' },
  ],
  federations: ['rounds'],
  options: OPERATIONS,
  bucket: `${PROJECT}-credence`,
  prefix: 'team/credence/',
  bqDataset: 'credence',
  secrets: { queue: 'credence-redis' },
  instance: 'credence',
  isImporting: true,
}

const environment = (more: Samples['variables'] = {}): Samples => ({
  ...SAMPLES,
  variables: {
    project_id: PROJECT,
    billing_account: '012345-6789AB-CDEF01',
    datasets: { mail: { table: 'mail', publishers: [`serviceAccount:gateway@${PROJECT}.iam.gserviceaccount.com`] } },
    alert_channels: [`projects/${PROJECT}/notificationChannels/1`],
    database_password: 'not-one-that-is-used-anywhere',
    ...more,
  },
})

export const ENVIRONMENTS: Readonly<Record<string, Samples>> = {
  'dev-gcp': environment(),
  'prod-gcp': environment({ perimeter: { policy: '123456789', dry_run: true } }),
}
