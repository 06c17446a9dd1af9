/** Rows and columns of one tile: the sums of a tile stay in registers while the inner dimension passes by. */
export const TILE_ROWS = 4
export const TILE_COLS = 8

/** As much of the standard's interface as is used here: TypeScript has it among the browser's types alone. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  readonly instantiate: (
    bytes: Uint8Array,
    imports: object,
  ) => Promise<{ readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>
}

/** Multiplies panels that lie in `memory`; every pointer is in bytes. */
export interface GemmKernel {
  readonly memory: { readonly buffer: ArrayBuffer }
  /**
   * At `a`, `rowTiles` panels of `inner` × 4 numbers; at `b`, `colTiles` panels of `inner` × 8. Their products go to `out`:
   * tiles of 4 × 8 numbers, all of a row of tiles before the next. No count may be 0.
   */
  readonly multiply: (a: number, b: number, out: number, rowTiles: number, colTiles: number, inner: number) => void
}

/**
 * A matrix product in WebAssembly's fixed-width SIMD, assembled here: its additions and multiplications are those of
 * IEEE 754, each rounded by itself, so that every processor gives the same bits. (WebAssembly Core Specification 2.0.)
 */
export async function createGemmKernel(pages: number): Promise<GemmKernel> {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const { instance } = await WebAssembly.instantiate(gemmModule(pages), { env: { memory } })
  return { memory, multiply: instance.exports['multiply'] as GemmKernel['multiply'] }
}

const [I32, V128] = [0x7f, 0x7b]
const SIMD = 0xfd
// Parameters, then what counts down or moves on, then the tile's sums, two vectors of a row, and one number four times.
const [A, B, OUT, ROW_TILES, COL_TILES, INNER] = [0, 1, 2, 3, 4, 5]
const [AT_A, AT_B, COLS_LEFT, INNER_LEFT] = [6, 7, 8, 9]
const [SUMS, LEFT, RIGHT, FACTOR] = [10, 18, 19, 20]

/** Instructions one after another. */
const code = (...parts: readonly (readonly number[])[]) => parts.flat()
const get = (local: number) => [0x20, local]
const set = (local: number) => [0x21, local]
const constant = (value: number) => [0x41, ...signed(value)]
const copy = (to: number, from: number) => code(get(from), set(to))
const add = (local: number, value: number) => code(get(local), constant(value), [0x6a], set(local))
/** Repeats `body` until the local has counted down to 0. */
const countDown = (local: number, body: readonly number[]) =>
  code([0x03, 0x40], body, get(local), constant(1), [0x6b, 0x22, local], [0x0d, 0, 0x0b])
const load = (at: number, offset: number, to: number) => code(get(at), [SIMD, 0x00, 4], unsigned(offset), set(to))
const loadEverywhere = (at: number, offset: number, to: number) =>
  code(get(at), [SIMD, 0x09, 2], unsigned(offset), set(to))
const store = (at: number, offset: number, local: number) =>
  code(get(at), get(local), [SIMD, 0x0b, 4], unsigned(offset))
const zero = (local: number) =>
  code(
    [SIMD, 0x0c],
    Array.from({ length: 16 }, () => 0),
    set(local),
  )
const addProduct = (sum: number, factor: number, other: number) =>
  code(get(sum), get(factor), get(other), [SIMD, 0xe6, 0x01, SIMD, 0xe4, 0x01], set(sum))

function gemmModule(pages: number): Uint8Array<ArrayBuffer> {
  const sums = Array.from({ length: 8 }, (_, i) => SUMS + i)
  const rows = Array.from({ length: TILE_ROWS }, (_, row) =>
    code(
      loadEverywhere(AT_A, 4 * row, FACTOR),
      addProduct(SUMS + 2 * row, FACTOR, LEFT),
      addProduct(SUMS + 2 * row + 1, FACTOR, RIGHT),
    ),
  )
  const step = code(
    load(AT_B, 0, LEFT),
    load(AT_B, 16, RIGHT),
    ...rows,
    add(AT_A, 4 * TILE_ROWS),
    add(AT_B, 4 * TILE_COLS),
  )
  const tile = code(
    copy(AT_A, A),
    copy(INNER_LEFT, INNER),
    ...sums.map(zero),
    countDown(INNER_LEFT, step),
    ...sums.map((sum, i) => store(OUT, 16 * i, sum)),
    add(OUT, 4 * TILE_ROWS * TILE_COLS),
  )
  // Where the panel of these rows ends, that of the next begins.
  const rowOfTiles = code(copy(AT_B, B), copy(COLS_LEFT, COL_TILES), countDown(COLS_LEFT, tile), copy(A, AT_A))
  const body = code([2, 4, I32, 11, V128], countDown(ROW_TILES, rowOfTiles), [0x0b])
  const limits = code([1], unsigned(pages), unsigned(pages))
  return Uint8Array.from(
    code(
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [1, 0x60, 6, I32, I32, I32, I32, I32, I32, 0]),
      section(2, code([1], name('env'), name('memory'), [2], limits)),
      section(3, [1, 0]),
      section(7, code([1], name('multiply'), [0, 0])),
      section(10, code([1], unsigned(body.length), body)),
    ),
  )
}

const section = (id: number, body: readonly number[]) => [id, ...unsigned(body.length), ...body]
const name = (text: string) => [text.length, ...Buffer.from(text, 'latin1')]

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  return [...bytes, rest]
}

/** LEB128 of a number that is not negative: its last byte leaves the sign bit free. */
function signed(value: number): number[] {
  const bytes = unsigned(value)
  return (bytes.at(-1)! & 0x40) === 0 ? bytes : [...bytes.slice(0, -1), bytes.at(-1)! | 0x80, 0]
}
