import type { DatasetConfig } from '../config/schema.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import type { Sink } from '#services/encrypt/sink.ts'
import { PACKAGES } from './packages.ts'

/** Opens the sink that a dataset's configuration names. */
export async function openSink({ bigquery }: NonNullable<DatasetConfig['sink']>, emulator: boolean): Promise<Sink> {
  const { createBigQuerySink } = await withPackages(
    PACKAGES.bigquery,
    () => import('#services/encrypt/sinks/bigquery/sink.ts'),
  )
  const { project, dataset, table } = bigquery
  return createBigQuerySink({ ...bigquery, name: `bigquery ${project}.${dataset}.${table}`, emulator })
}
