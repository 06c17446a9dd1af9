import { LANES } from './binary.ts'

/** The exports of `source/`, documented there. Tests compare it with `plainLanes`. */
export interface LaneCode {
  readonly add: (to: number, from: number, end: number) => void
  readonly take: (to: number, from: number, end: number) => void
  readonly addPacked: (to: number, from: number, end: number, width: number, low: number) => void
  readonly pack: (to: number, from: number, end: number, width: number, low: number) => void
  readonly quantise: (
    ...of: [
      to: number,
      from: number,
      chance: number,
      end: number,
      range: number,
      scale: number,
      top: number,
      weight: number,
    ]
  ) => number
  readonly mean: (
    ...of: [
      to: number,
      from: number,
      end: number,
      middle: number,
      spare: number,
      weight: number,
      step: number,
      range: number,
    ]
  ) => void
}

const PAGE = 2 ** 16

/** The part of WebAssembly's types that is used here; neither Node.js's types nor those of the language declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

const module = compiled()

function compiled(): object | undefined {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(LANES), (byte) => byte.charCodeAt(0)))
  } catch {
    return undefined
  }
}

/** Memory of at least this many bytes with the code over it; undefined without WebAssembly, which some pages forbid. */
export function laneMemory(bytes: number): { readonly code: LaneCode; readonly buffer: ArrayBuffer } | undefined {
  if (module === undefined) return undefined
  // allocated in full: memory that grows detaches its buffer, which slows every array of the process
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return { code: exports as LaneCode, buffer: memory.buffer }
}
