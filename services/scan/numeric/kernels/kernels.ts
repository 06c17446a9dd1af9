import { KERNELS } from './binary.ts'

/** The part of the WebAssembly API that is used here; the types of Node.js leave it to the browser's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => WasmModule
  readonly Instance: new (module: WasmModule) => { readonly exports: unknown }
}
type WasmModule = object
interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** The exports of `source/`, which describes each. Pointers and counts are integers. */
interface Exports {
  readonly memory: WasmMemory
  readonly PRODUCT_SCRATCH: { readonly value: number }
  product(
    m: number,
    n: number,
    k: number,
    a: number,
    aRow: number,
    aCol: number,
    b: number,
    bRow: number,
    bCol: number,
    c: number,
    scratch: number,
    shape: number,
  ): void
  mirror(n: number, c: number): void
  tanhs(x: number, rows: number, cols: number, slopes: number): void
  ramp(x: number, length: number, knee: number, height: number): void
  cosines(x: number, rows: number, cols: number, phases: number): void
  independent(
    rows: number,
    across: number,
    n: number,
    k: number,
    w: number,
    rounds: number,
    tolerance: number,
    projected: number,
    next: number,
    gram: number,
    cubed: number,
    slopes: number,
    scratch: number,
  ): void
  climb(
    rows: number,
    across: number,
    n: number,
    k: number,
    starts: number,
    s: number,
    rounds: number,
    knee: number,
    height: number,
    projected: number,
    next: number,
    scratch: number,
  ): void
  fitModes(
    values: number,
    n: number,
    tail: number,
    floor: number,
    rounds: number,
    fit: number,
    upper: number,
    sorted: number,
    work: number,
    best: number,
    counts: number,
    ones: number,
    few: number,
    weights: number,
  ): void
  rests(x: number, rows: number, cols: number, labels: number, factor: number, out: number): void
  softmaxes(x: number, rows: number, cols: number, factor: number): void
  addBias(x: number, rows: number, cols: number, bias: number, rectified: number): void
  crossEntropySlopes(logits: number, rows: number, classes: number, labels: number): void
  throughRectifier(slopes: number, outputs: number, length: number): void
  columnSums(x: number, rows: number, cols: number, sums: number): void
  takeRows(n: number, chosen: number, x: number, cols: number, out: number): void
  adam(value: number, slope: number, mean: number, square: number, length: number, rate: number): void
  gatherRows(
    n: number,
    starts: number,
    ends: number,
    columns: number,
    values: number,
    table: number,
    k: number,
    out: number,
  ): void
  toPanels(table: number, rows: number, k: number, panels: number): void
  gatherPanels(
    n: number,
    offsets: number,
    columns: number,
    values: number,
    panels: number,
    cols: number,
    k: number,
    last: number,
    out: number,
  ): void
  turnRows(
    n: number,
    starts: number,
    ends: number,
    columns: number,
    values: number,
    cols: number,
    offsets: number,
    rows: number,
    turned: number,
  ): void
  adamByRows(
    cols: number,
    offsets: number,
    rows: number,
    turned: number,
    slopes: number,
    k: number,
    value: number,
    mean: number,
    square: number,
    rate: number,
  ): void
  cholesky(a: number, d: number): number
  squares(x: number, n: number, d: number, out: number): void
  openQueues(n: number, bounds: number, counts: number): void
  offer(
    points: number,
    first: number,
    rows: number,
    base: number,
    n: number,
    d: number,
    from: number,
    cols: number,
    norms: number,
    tile: number,
    scratch: number,
    bounds: number,
    counts: number,
    queues: number,
    keep: number,
    both: number,
    zeros: number,
    ids: number,
  ): void
  settle(
    points: number,
    n: number,
    rows: number,
    d: number,
    counts: number,
    queues: number,
    keep: number,
    size: number,
    work: number,
    index: number,
    distance: number,
  ): void
  invertLower(lower: number, d: number, inverse: number): void
  squaresAlong(groups: number, d: number, packed: number, m: number, factors: number, units: number, out: number): void
  readonly ORDER_COUNTS: { readonly value: number }
  ascend(values: number, n: number, spare: number, ids: number, spareIds: number, counts: number): void
}

/** The WebAssembly kernels with a memory of their own. */
export interface Kernels extends Exports {
  /** Bytes that `product` needs beside its operands. */
  readonly productScratch: number
  /** Bytes that `ascend` needs for its counts. */
  readonly orderCounts: number
  /**
   * Pointers to blocks of these many bytes each, 16-byte aligned, one after another. The next call returns the same
   * memory. Blocks are not cleared. Views made before the call may be detached.
   */
  reserve(...bytes: number[]): number[]
  floats(pointer: number, length: number): Float32Array
  integers(pointer: number, length: number): Int32Array
  doubles(pointer: number, length: number): Float64Array
}

const PAGE = 65_536
/** The first page holds the module's constants. */
const START = PAGE

let compiled: WasmModule | undefined
let shared: Kernels | undefined

/** This thread's shared kernels, for callers that reserve memory and are done with it before any other code runs. */
export function sharedKernels(): Kernels {
  shared ??= loadKernels()
  return shared
}

/** Kernels that are lent to nobody, and the most bytes of memory that each of them keeps. */
const idle: Kernels[] = []
const KEPT = 1 << 25

/** Kernels with a memory of their own, which is not cleared, until the caller hands them back. */
export function lentKernels(): Kernels {
  return idle.pop() ?? loadKernels()
}

export function handBack(kernels: Kernels): void {
  if (kernels.memory.buffer.byteLength <= KEPT && !idle.includes(kernels)) idle.push(kernels)
}

/** Kernels with a memory of their own, for one caller. */
export function loadKernels(): Kernels {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNELS, 'base64'))
  const exports = new WebAssembly.Instance(compiled).exports as Exports
  const { memory } = exports
  return {
    ...exports,
    productScratch: exports.PRODUCT_SCRATCH.value,
    orderCounts: exports.ORDER_COUNTS.value,
    reserve(...bytes) {
      let end = START
      const pointers = bytes.map((size) => {
        const pointer = end
        end += Math.ceil(size / 16) * 16
        return pointer
      })
      const missing = end - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
      return pointers
    },
    floats: (pointer, length) => new Float32Array(memory.buffer, pointer, length),
    integers: (pointer, length) => new Int32Array(memory.buffer, pointer, length),
    doubles: (pointer, length) => new Float64Array(memory.buffer, pointer, length),
  }
}
