import { FormatError, HEAD_BYTES, type FormatReader } from '../format.ts'
import { readColumns, type Column } from './columns.ts'
import { parseNpyHeader } from './npy.ts'
import { readZip, type ZipEntry } from '../zip/entries.ts'

const SAMPLES = ['x', 'images', 'data', 'features', 'embeddings', 'vectors', 'arr_0']
const LABELS = ['y', 'labels', 'label', 'targets', 'target', 'arr_1']
/** The most arrays: each is opened for its header before a row is read. */
const MAX_ARRAYS = 256
const SPLITS = ['', 'train', 'val', 'valid', 'validation', 'test']

/**
 * NumPy's archive of arrays. For each split (`x_train`, `x_test`, or just `x`), joins the rows of the samples with those of the
 * labels and of every other array of the same length: `{ x, y, … }`. Streamed, stored or deflated.
 */
export const npzReader: FormatReader = {
  name: 'npz',
  recognises: (name) => /\.npz$/i.test(name),
  async *read(file, from, limits) {
    const access = await file.random()
    try {
      const arrays = (await readZip(access)).filter((entry) => entry.name.endsWith('.npy'))
      if (arrays.length > MAX_ARRAYS) throw new FormatError('too_large', `an archive of more than ${MAX_ARRAYS} arrays`)
      let base = 0
      for (const columns of await splitColumns(arrays)) {
        const count = columns[0]?.header.count ?? 0
        if (from < base + count) yield* readColumns(columns, Math.max(0, from - base), base, limits)
        base += count
      }
    } finally {
      await access.close()
    }
  },
}

/** The columns of each split, samples first. Throws `FormatError` if no array holds samples. */
async function splitColumns(entries: readonly ZipEntry[]): Promise<Column[][]> {
  const columns: (Column & { readonly split: string })[] = []
  for (const entry of entries) {
    const name = entry.name.slice(0, -'.npy'.length)
    const [, field = name, split = ''] = /^(.+?)(?:_(train|val|valid|validation|test))?$/i.exec(name) ?? []
    const header = parseNpyHeader(await headOf(entry))
    columns.push({ field: fieldName(field), split: split.toLowerCase(), header, stream: (start) => from(entry, start) })
  }
  const splits = SPLITS.flatMap((split) => {
    const own = columns.filter((column) => column.split === split)
    const leader = own.find((column) => column.field === 'x') ?? own.find((column) => column.header.rowShape.length > 0)
    if (!leader) return []
    const rows = own.filter(
      (column) => column === leader || column.header.count === leader.header.count || column.field === 'y',
    )
    return [[leader, ...rows.filter((column) => column !== leader)]]
  })
  if (splits.length === 0) throw new FormatError('missing_part', 'no array of samples: name one x')
  return splits
}

function fieldName(name: string): string {
  if (SAMPLES.includes(name.toLowerCase())) return 'x'
  return LABELS.includes(name.toLowerCase()) ? 'y' : name
}

async function headOf(entry: ZipEntry): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of entry.stream()) {
    parts.push(chunk)
    length += chunk.length
    if (length >= HEAD_BYTES) break
  }
  return Buffer.concat(parts).subarray(0, HEAD_BYTES)
}

async function* from(entry: ZipEntry, start: number): AsyncGenerator<Uint8Array> {
  let left = start
  for await (const chunk of entry.stream()) {
    if (chunk.length > left) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}
