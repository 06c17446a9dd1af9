import { basename } from 'node:path'
import { isObject } from '#core/turns.ts'
import type { Value } from '#core/value.ts'
import { inferContract } from '#services/ingest/infer/infer.ts'
import { readRecords } from '#services/ingest/sources/files/read-records.ts'
import { type Benchmark, benchmarkOf } from '#services/scan/detectors/copies/contamination.ts'

/**
 * Reads files or folders of benchmarks that a model will be judged by, with which records are compared: every text in them, in
 * any field. Throws as `inferContract` and `readRecords` do.
 */
export async function readBenchmarks(paths: readonly string[]): Promise<Benchmark[]> {
  return Promise.all(
    paths.map(async (path) => {
      const { contract, path: pattern } = await inferContract(path, {})
      const { items } = await readRecords(path, contract, pattern === undefined ? {} : { path: pattern })
      return benchmarkOf(
        basename(path),
        items.flatMap((item) => (item.kind === 'record' ? Object.values(item.record.fields).flatMap(textsIn) : [])),
      )
    }),
  )
}

function textsIn(value: Value): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return (value as readonly Value[]).flatMap(textsIn)
  return isObject(value) ? Object.values(value).flatMap(textsIn) : []
}
