/**
 * What `lanes.ts` runs in WebAssembly, byte by byte: three loops, which a compiler would be a dependency for. `plainLanes` is what they are held against.
 */
export interface LaneCode {
  /** (to, from, end of to): whole vectors of four words. */
  readonly add: (to: number, from: number, end: number) => void
  readonly take: (to: number, from: number, end: number) => void
  /** (to, from, end of to, width, the highest number of that width). */
  readonly addPacked: (to: number, from: number, end: number, width: number, low: number) => void
}

const PAGE = 2 ** 16

const OP = {
  noResult: 0x40,
  loop: 0x03,
  end: 0x0b,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  load: 0x28,
  loadLong: 0x29,
  store: 0x36,
  constant: 0x41,
  below: 0x49,
  add: 0x6a,
  and: 0x71,
  shiftRight: 0x76,
  longShiftRight: 0x88,
  wrap: 0xa7,
  extend: 0xad,
  vector: 0xfd,
} as const
const VECTOR = { load: 0x00, store: 0x0b, add: [0xae, 0x01], take: [0xb1, 0x01] } as const
const I32 = 0x7f
/** Alignments of what is read and written, as powers of two; no offset. */
const [UNALIGNED, WORD, QUAD] = [
  [0, 0],
  [2, 0],
  [4, 0],
] as const
const [TO, FROM, END, WIDTH, LOW, BIT] = [0, 1, 2, 3, 4, 5]
const step = (local: number, by: number) => [OP.get, local, OP.constant, by, OP.add, OP.tee, local]
const whileBelow = [OP.get, END, OP.below, OP.branchIf, 0]

/** do { to[…4] = to[…4] ± from[…4] } while ((to += 16) < end) */
const combining = (operation: readonly number[]) =>
  [
    [0, OP.loop, OP.noResult, OP.get, TO, OP.get, TO, OP.vector, VECTOR.load, ...QUAD],
    [OP.get, FROM, OP.vector, VECTOR.load, ...QUAD, OP.vector, ...operation, OP.vector, VECTOR.store, ...QUAD],
    [OP.get, FROM, OP.constant, 16, OP.add, OP.set, FROM, ...step(TO, 16), ...whileBelow, OP.end, OP.end],
  ].flat()

/** do { to[0] += (eight bytes at from + bit / 8) >>> bit % 8 & low; bit += width } while ((to += 4) < end) */
const unpacking = [
  [1, 1, I32, OP.loop, OP.noResult, OP.get, TO, OP.get, TO, OP.load, ...WORD],
  [OP.get, FROM, OP.get, BIT, OP.constant, 3, OP.shiftRight, OP.add, OP.loadLong, ...UNALIGNED],
  [OP.get, BIT, OP.constant, 7, OP.and, OP.extend, OP.longShiftRight, OP.wrap, OP.get, LOW, OP.and],
  [OP.add, OP.store, ...WORD, OP.get, BIT, OP.get, WIDTH, OP.add, OP.set, BIT],
  [...step(TO, 4), ...whileBelow, OP.end, OP.end],
].flat()

const named = (name: string) => [name.length, ...new TextEncoder().encode(name)]
const section = (id: number, parts: readonly (readonly number[])[]) => {
  const content = [parts.length, ...parts.flat()]
  return [id, ...unsigned(content.length), ...content]
}
const unsigned = (value: number) => (value < 128 ? [value] : [(value & 127) | 128, value >>> 7])
const typeOf = (parameters: number) => [0x60, parameters, ...Array<number>(parameters).fill(I32), 0]
const bodyOf = (code: readonly number[]) => [...unsigned(code.length), ...code]
const [MEMORY, FUNCTION] = [2, 0]

/** Magic and version, then types, imports, functions, exports and code. */
const BYTES = Uint8Array.from([
  0,
  0x61,
  0x73,
  0x6d,
  1,
  0,
  0,
  0,
  ...section(1, [typeOf(3), typeOf(5)]),
  ...section(2, [[...named('own'), ...named('memory'), MEMORY, 0, 1]]),
  ...section(3, [[0], [0], [1]]),
  ...section(7, [
    [...named('add'), FUNCTION, 0],
    [...named('take'), FUNCTION, 1],
    [...named('addPacked'), FUNCTION, 2],
  ]),
  ...section(10, [bodyOf(combining(VECTOR.add)), bodyOf(combining(VECTOR.take)), bodyOf(unpacking)]),
])

/** As much of it as is used here: neither the types of Node.js nor those of the language have it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

const module = compiled()

function compiled(): object | undefined {
  try {
    return new WebAssembly.Module(BYTES)
  } catch {
    return undefined
  }
}

/** Memory of at least so many bytes with the code over it; undefined where there is no WebAssembly: some pages do not allow it. */
export function laneMemory(bytes: number): { readonly code: LaneCode; readonly buffer: ArrayBuffer } | undefined {
  if (module === undefined) return undefined
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) })
  const { exports } = new WebAssembly.Instance(module, { own: { memory } })
  return { code: exports as LaneCode, buffer: memory.buffer }
}
