import type { DatasetConfig } from '#runtime/config/schema.ts'
import type { Source } from '#services/ingest/source.ts'
import { createFileSource } from '#services/ingest/sources/files.ts'

/** The source that a dataset's configuration names; no item above `itemBytes` is held whole. */
export function sourceOf(name: string, source: DatasetConfig['source'], itemBytes: number): Source {
  const { root, include, exclude, path, format } = source
  return createFileSource({
    name,
    root,
    itemBytes,
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(path === undefined ? {} : { path }),
    ...(format === 'auto' ? {} : { format }),
  })
}
