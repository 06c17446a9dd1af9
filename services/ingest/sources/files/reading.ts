import type { Contract } from '#core/contract.ts'
import type { FileSourceOptions } from './source.ts'

/** How a contract says that files are read. */
export function readingOf({
  limits,
  features,
}: Pick<Contract, 'limits' | 'features'>): Pick<FileSourceOptions, 'itemBytes' | 'images'> {
  const itemBytes = limits.recordBytes
  if (features.kind !== 'image' || features.delivered === undefined) return { itemBytes }
  return { itemBytes, images: { field: features.field, shape: features.shape, delivered: features.delivered } }
}
