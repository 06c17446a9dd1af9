import type { BigQuery } from '@google-cloud/bigquery'
import { isAppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { restError } from '#clouds/gcp/errors.ts'
import { identityLine } from '#clouds/gcp/identity.ts'
import type { BigQuerySinkOptions } from './clients.ts'
import { keyFault, metadataOf, nameOf } from './table.ts'

/**
 * The permissions on its tables that the sink needs, as IAM names them. It also needs `tables.create` on the dataset and
 * `jobs.create` on the project.
 */
const BIGQUERY_PERMISSIONS = [
  'bigquery.tables.get',
  'bigquery.tables.update',
  'bigquery.tables.updateData',
  'bigquery.tables.getData',
] as const

/** Checks each thing that must be right, and returns one line for each, with the fix. */
export async function checkBigQuery(bigquery: BigQuery, options: BigQuerySinkOptions): Promise<CheckLine[]> {
  const { project, dataset: id, kmsKey } = options
  const dataset = bigquery.dataset(id)
  const what = `dataset ${project}.${id}`
  const identity = await identityLine(
    'Google identity',
    options.emulator === true ? null : () => bigquery.authClient.getCredentials(),
    (error) => restError(error, 'finding credentials'),
  )
  try {
    const [metadata] = (await dataset.getMetadata().catch((error: unknown) => {
      throw restError(error, `looking at ${what}`)
    })) as [{ location?: string }, unknown]
    const lines: CheckLine[] = [
      { what, state: 'ok', says: `reachable, in ${metadata.location ?? 'no location'}` },
      identity,
    ]
    for (const table of [options.table, `${options.table}_revoked`]) {
      lines.push(...(await tableLines(bigquery, id, table, kmsKey)))
    }
    return lines
  } catch (error) {
    const says = error instanceof Error ? error.message : 'failed'
    const fix = isAppError(error, 'not_found')
      ? `create it: bq mk --dataset ${project}:${id}`
      : 'check the network, the credentials and the permission bigquery.datasets.get'
    return [{ what, state: 'failed', says, fix }, identity]
  }
}

async function tableLines(
  bigquery: BigQuery,
  dataset: string,
  id: string,
  kmsKey: string | undefined,
): Promise<CheckLine[]> {
  const table = bigquery.dataset(dataset).table(id)
  const what = `table ${nameOf(table)}`
  const metadata = await metadataOf(table)
  if (metadata === null) {
    return [
      { what, state: 'warn', says: 'not there yet: the first delivery makes it, and needs bigquery.tables.create' },
    ]
  }
  const fault = keyFault(metadata, kmsKey)
  const key: CheckLine =
    fault === null
      ? { what, state: 'ok', says: `there, under ${kmsKey ?? "Google's own key"}` }
      : { what, state: 'failed', says: fault, fix: `bq update --destination_kms_key ${kmsKey} ${nameOf(table)}` }
  return [key, ...(await permissionLines(table))]
}

async function permissionLines(table: ReturnType<ReturnType<BigQuery['dataset']>['table']>): Promise<CheckLine[]> {
  try {
    const [{ permissions = [] }] = (await table.testIamPermissions([...BIGQUERY_PERMISSIONS])) as unknown as [
      { permissions?: string[] },
    ]
    return BIGQUERY_PERMISSIONS.map((permission): CheckLine => {
      const what = `permission ${permission} on ${nameOf(table)}`
      if (permissions.includes(permission)) return { what, state: 'ok', says: 'granted' }
      const fix = `bq add-iam-policy-binding --member=MEMBER --role=roles/bigquery.dataEditor ${nameOf(table)}`
      return { what, state: 'failed', says: 'not granted', fix }
    })
  } catch (error) {
    const { message } = restError(error, `testing permissions on ${nameOf(table)}`)
    return [{ what: `permissions on ${nameOf(table)}`, state: 'unknown', says: message }]
  }
}
