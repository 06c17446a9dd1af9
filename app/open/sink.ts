import type { DatasetConfig } from '../config/schema.ts'
import type { Sink } from '#services/encrypt/sink.ts'
import { given } from './store.ts'

/** The sink that a dataset's configuration names. */
export async function openSink({ bigquery }: NonNullable<DatasetConfig['sink']>, emulator: boolean): Promise<Sink> {
  const { createBigQuerySink } = await import('#services/encrypt/sinks/bigquery/sink.ts')
  const { project, dataset: into, table, kmsKey, endpoint, writeEndpoint } = given(bigquery)
  return createBigQuerySink({
    name: `bigquery ${project}.${into}.${table}`,
    projectId: project,
    dataset: into,
    table,
    emulator,
    ...given({ kmsKeyName: kmsKey, apiEndpoint: endpoint, writeEndpoint }),
  })
}
