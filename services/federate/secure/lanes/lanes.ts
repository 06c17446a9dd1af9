import { laneMemory, type LaneCode } from './lane-code.ts'
import type { Lanes } from './lane-types.ts'
import { plainLanes } from './plain-lanes.ts'

/** Words copied at a time: they fit into a processor's cache. */
const PIECE = 2 ** 14
/** Room for doubles and words side by side, and for the bytes that reading eight at once reads beyond the end. */
const SCRATCH_BYTES = (8 + 4) * PIECE + 8

export function createLanes(length: number): Lanes {
  const scratch = 16 * Math.ceil(length / 4)
  const memory = laneMemory(scratch + SCRATCH_BYTES)
  return memory === undefined ? plainLanes(length) : lanesOf(memory.code, memory.buffer, length, scratch)
}

function lanesOf(code: LaneCode, buffer: ArrayBuffer, length: number, scratch: number): Lanes {
  const bytes = new Uint8Array(buffer)
  const chance = scratch + 8 * PIECE
  const addPieces = (some: Int32Array, at: number, run: LaneCode['add']) => {
    eachPiece(some.length, (from, count) => {
      new Int32Array(buffer, scratch, count).set(some.subarray(from, from + count))
      const to = 4 * (at + from)
      // the code adds complete groups of four words, so the rest of the last group must be zero
      bytes.fill(0, scratch + 4 * count, scratch + 16 * Math.ceil(count / 4))
      run(to, scratch, to + 4 * count)
    })
  }
  return {
    words: new Int32Array(buffer, 0, length),
    add: (some, at = 0) => addPieces(some, at, code.add),
    take: (some, at = 0) => addPieces(some, at, code.take),
    addPacked(packed, count, width) {
      eachPiece(count, (from, some) => {
        const start = packedBytes(from, width)
        bytes.set(packed.subarray(start, start + packedBytes(some, width)), scratch)
        code.addPacked(4 * from, scratch, 4 * (from + some), width, 2 ** width - 1)
      })
    },
    pack(count, width) {
      const packed = new Uint8Array(packedBytes(count, width))
      eachPiece(count, (from, some) => {
        code.pack(scratch, 4 * from, 4 * (from + some), width, 2 ** width - 1)
        packed.set(bytes.subarray(scratch, scratch + packedBytes(some, width)), packedBytes(from, width))
      })
      return packed
    },
    quantise(values, chances, at, { range, scale, top, weight }) {
      let outside = 0
      eachPiece(values.length, (from, count) => {
        const to = 4 * (at + from)
        new Float64Array(buffer, scratch, PIECE).fill(0, count, count + 1).set(values.subarray(from, from + count))
        new Int32Array(buffer, chance, count).set(chances.subarray(from, from + count))
        // the code writes two words at a time: with an odd count the word after the last is restored
        const beyond = bytes.slice(to + 4 * count, to + 4 * count + 4)
        const found = code.quantise(to, scratch, chance, to + 4 * count, range, scale, top, weight)
        bytes.set(beyond, to + 4 * count)
        outside = found < 0 || outside < 0 ? -1 : outside + found
      })
      return outside
    },
    mean(count, { middle, spare, weight, step, range }) {
      const mean = new Float64Array(count)
      eachPiece(count, (from, some) => {
        code.mean(scratch, 4 * from, 4 * (from + some), middle, spare, weight, step, range)
        mean.set(new Float64Array(buffer, scratch, some), from)
      })
      return mean
    },
  }
}

/** Bytes of packed numbers; the last byte may be partly used. */
const packedBytes = (count: number, width: number) => Math.ceil((count * width) / 8)

function eachPiece(count: number, run: (from: number, count: number) => void): void {
  for (let from = 0; from < count; from += PIECE) run(from, Math.min(PIECE, count - from))
}
