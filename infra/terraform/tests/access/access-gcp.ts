import type { Evaluated } from '../evaluate.ts'
import type { JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'

const AGENTS: Readonly<Record<string, string>> = {
  bigquery: 'bq-123456789012@bigquery-encryption.iam.gserviceaccount.com',
  postgres: 'service-123456789012@gcp-sa-cloud-sql.iam.gserviceaccount.com',
  pubsub: 'service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com',
  redis: 'service-123456789012@cloud-redis.iam.gserviceaccount.com',
  secrets: 'service-123456789012@gcp-sa-secretmanager.iam.gserviceaccount.com',
  storage: 'service-123456789012@gs-project-accounts.iam.gserviceaccount.com',
}
const WORKLOADS = ['console', 'encrypt', 'exporter', 'federate', 'ingest', 'operator', 'scan', 'sweep']
/** Of BigQuery's forms of a grantee, those that name somebody. */
const NAMES_ONE = new Set(['user_by_email', 'iam_member', 'group_by_email'])

/**
 * Who encrypts at rest with which key, who becomes a service, who reads which table, as the samples have it; each difference, in both
 * directions, in a line that begins `access: `. What services do is for the statement of permissions.
 */
export function accessProblems({ resources }: Evaluated): string[] {
  const grants = (type: string, on: string, isOther: (grant: string) => boolean = () => true) =>
    resources
      .filter((one) => one.type === type)
      .map(({ values }) => `${text(values['member'])} has ${text(values['role'])} on ${text(values[on])}`)
      .filter(isOther)
  const own = /^serviceAccount:google_service_account\.this\[/
  const same = (what: string, found: readonly string[], wanted: readonly string[]) => [
    ...found.filter((one) => !wanted.includes(one)).map((one) => `access: ${what}: ${one}, which is not to be`),
    ...wanted.filter((one) => !found.includes(one)).map((one) => `access: ${what}: ${one} is missing`),
  ]
  return [
    ...same(
      'what encrypts at rest',
      grants('google_kms_crypto_key_iam_member', 'crypto_key_id', (grant) => !own.test(grant)),
      Object.entries(AGENTS).map(
        ([name, agent]) =>
          `serviceAccount:${agent} has roles/cloudkms.cryptoKeyEncrypterDecrypter on google_kms_crypto_key.rest["${name}"].id`,
      ),
    ),
    ...same('who becomes a service', grants('google_service_account_iam_member', 'service_account_id'), [
      ...WORKLOADS.map(
        (name) =>
          `serviceAccount:credence-sample.svc.id.goog[credence/credence-${name}] has roles/iam.workloadIdentityUser on google_service_account.this["${name}"].name`,
      ),
      'user:oncall@example.org has roles/iam.serviceAccountTokenCreator on google_service_account.this["operator"].name',
      'group:reviewers@example.org has roles/iam.serviceAccountTokenCreator on google_service_account.this["reviewer"].name',
    ]),
    ...same(
      'who reads secrets besides services',
      grants('google_secret_manager_secret_iam_member', 'secret_id', (grant) => !own.test(grant)),
      [],
    ),
    ...resources
      .filter(({ type }) => type === 'google_bigquery_dataset')
      .flatMap(({ values }) =>
        (list(values['access']) as JsonObject[]).flatMap((one) => {
          const who = Object.entries(one).filter(
            ([key, value]) => !['role', 'condition'].includes(key) && value !== null,
          )
          const isOwner = one['special_group'] === 'projectOwners' && one['role'] === 'OWNER'
          return isOwner || who.every(([key]) => NAMES_ONE.has(key))
            ? []
            : [`access: tables are open to ${who.map(([key, value]) => `${key} ${text(value)}`).join()}`]
        }),
      ),
  ]
}
