import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { contractSchema, type Contract } from '#core/contract.ts'
import { policySchema } from '#core/decision.ts'
import { AppError } from '#core/errors.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import type { ScanOutput } from '#present/scanned.ts'
import { inferContract, inferFields } from '#services/ingest/infer/infer.ts'
import { createPreparer, type Prepared } from '#services/ingest/record/prepare.ts'
import { readRecords } from '#services/ingest/sources/files/read-records.ts'
import type { Detector } from '#services/scan/detector.ts'
import { loadDetectors } from '#services/scan/own-detectors.ts'
import { looksLikeImage } from '#services/scan/features/detect-image.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { createScanPool } from '#services/scan/worker/pool.ts'
import { readBenchmarks } from '../benchmarks.ts'
import { scanInWindows, toScanOutput } from '../scan-file.ts'

/** Samples and their labels, as `.npz` files hold them: row i of `x` has the label `y[i]`. */
export interface Arrays {
  /** n rows of numbers, or one tensor of shape n × …. */
  readonly x: Tensor | readonly (readonly number[] | Float32Array | Float64Array | Uint8Array)[]
  readonly y?: readonly (string | number)[]
}

export interface ScanOptions {
  /** The field that holds the label; found by its name if absent. */
  readonly label?: string
  /** The field that names the contributor of a record. */
  readonly contributor?: string
  /** The schema and the rules that records must meet; inferred if absent. */
  readonly contract?: Contract
  /** How risk becomes a decision. */
  readonly policy?: Parameters<typeof policySchema.parse>[0]
  /** The seed of all randomness; 0 if absent. The same input and seed give the same result. */
  readonly seed?: number
  /** Your own classifier: an ONNX file, or the `model.json` of a TensorFlow.js layers model. */
  readonly model?: string
  /** Your own detectors, which score beside the built-in ones: paths of modules, or objects, which run in this thread. */
  readonly detectors?: readonly (string | Detector)[]
  /** Files of benchmarks that the model will be judged by: records that contain a part of one are flagged. */
  readonly against?: readonly string[]
  /** Worker threads; one per processor if absent. The number changes the duration and nothing else. */
  readonly threads?: number
}

/**
 * Scans a file or a folder (by its path), records (plain objects) or arrays. Returns the risk, the decision and the reasons of
 * every record, in input order, and the campaigns with their triggers and evidence. Writes nothing. Throws `not_found`, and
 * `invalid` if nothing can be read or scanned.
 */
export async function scan(input: string | readonly Fields[] | Arrays, options: ScanOptions = {}): Promise<ScanOutput> {
  const { items, contract, notes } =
    typeof input === 'string' ? await fromPath(input, options) : fromMemory(input, options)
  const { seed = 0, threads = availableParallelism(), model, detectors = [] } = options
  const paths = detectors.filter((detector) => typeof detector === 'string').map((path) => resolve(path))
  const own = detectors.filter((detector) => typeof detector !== 'string')
  const against = await readBenchmarks(options.against ?? [])
  await using threadPool = createScanPool(threads)
  const pool: Pick<typeof threadPool, 'scan'> =
    own.length === 0
      ? { scan: (window) => threadPool.scan(window, { detectors: paths, against }) }
      : { scan: async (window) => scanWindow(window, { against, own: [...(await loadDetectors(paths)), ...own] }) }
  const scanned = await scanInWindows(items, {
    contract,
    policy: policySchema.parse(options.policy ?? {}),
    seed,
    pool,
    threads,
    ...(model !== undefined && { model }),
  })
  return toScanOutput(typeof input === 'string' ? input : 'records', scanned, notes)
}

interface Input {
  readonly items: readonly Prepared[]
  readonly contract: Contract
  /** The assumptions that were made. */
  readonly notes: readonly string[]
}

async function fromPath(path: string, options: ScanOptions): Promise<Input> {
  const inferred = options.contract === undefined ? await inferContract(path, hintsIn(options)) : null
  const contract = contractSchema.parse(options.contract ?? inferred?.contract)
  const { items } = await readRecords(path, contract, inferred?.path === undefined ? {} : { path: inferred.path })
  return { items, contract, notes: inferred?.notes ?? [] }
}

function fromMemory(input: readonly Fields[] | Arrays, options: ScanOptions): Input {
  const fields = 'x' in input ? rowsOf(input) : input
  const label = 'x' in input && input.y !== undefined ? { label: 'y' } : {}
  const inferred = options.contract === undefined ? inferFields(fields, { ...label, ...hintsIn(options) }) : null
  const contract = contractSchema.parse(options.contract ?? inferred?.contract)
  const preparer = createPreparer(contract, { dataset: 'records', source: 'records' })
  // The caller holds these records in memory already, so no limit on bytes applies.
  const items = fields.map((one, i) =>
    preparer.prepare({ partition: 'records', position: String(i), body: { kind: 'fields', fields: one, bytes: 0 } }),
  )
  return { items, contract, notes: inferred?.notes ?? [] }
}

function hintsIn({ label, contributor }: ScanOptions) {
  return {
    ...(label !== undefined && { label }),
    ...(contributor !== undefined && { contributor }),
    looksLikeImage,
  }
}

/** Throws `invalid` if x and y have different lengths. */
function rowsOf({ x, y }: Arrays): Fields[] {
  const rows: readonly Value[] = x instanceof Tensor ? sliced(x) : x.map(asTensor)
  if (y !== undefined && y.length !== rows.length)
    throw new AppError('invalid', `x has ${rows.length} rows and y has ${y.length}`, { reason: 'lengths' })
  return rows.map((row, i) => ({ x: row, ...(y !== undefined && { y: y[i] ?? null }) }))
}

function sliced({ dtype, shape, data }: Tensor): Tensor[] {
  const [n = 0, ...inner] = shape
  const length = inner.reduce((product, side) => product * side, 1)
  return Array.from({ length: n }, (_, i) => new Tensor(dtype, inner, data.subarray(i * length, (i + 1) * length)))
}

function asTensor(row: readonly number[] | Float32Array | Float64Array | Uint8Array): Tensor {
  if (row instanceof Uint8Array) return new Tensor('u8', [row.length], row)
  if (row instanceof Float32Array) return new Tensor('f32', [row.length], row)
  return new Tensor('f64', [row.length], Float64Array.from(row))
}
