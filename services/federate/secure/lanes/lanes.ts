import { laneMemory, type LaneCode } from './lane-code.ts'

/**
 * A vector of 32-bit words in memory of its own, to which others are added four at a time, by WebAssembly. What a round does most is that; loops
 * of JavaScript take a quarter of the time more at best, and several times as long once anything in the process has detached a buffer.
 */
export interface Lanes {
  readonly words: Int32Array
  /** Adds some words to those from `at` on, modulo 2³². */
  readonly add: (some: Int32Array, at?: number) => void
  readonly take: (some: Int32Array, at?: number) => void
  /** Adds numbers of which `width` bits each follow one another, low bits first, to the first `count` words. */
  addPacked(bytes: Uint8Array, count: number, width: number): void
}

/** Words that are moved in at a time: what a processor keeps near. */
const PIECE = 2 ** 15
const PIECE_BYTES = 4 * PIECE
/** What reading eight bytes at once reads beyond the last one. */
const BEYOND = 8

export function createLanes(length: number): Lanes {
  const scratch = 16 * Math.ceil(length / 4)
  const memory = laneMemory(scratch + PIECE_BYTES + BEYOND)
  return memory === undefined ? plainLanes(length) : lanesOf(memory.code, memory.buffer, length, scratch)
}

function lanesOf(code: LaneCode, buffer: ArrayBuffer, length: number, scratch: number): Lanes {
  const bytes = new Uint8Array(buffer)
  const eachPiece = (some: Int32Array, at: number, run: LaneCode['add']) => {
    for (let from = 0; from < some.length; from += PIECE) {
      const piece = some.subarray(from, from + PIECE)
      new Int32Array(buffer, scratch, piece.length).set(piece)
      const to = 4 * (at + from)
      // whole vectors only: what they have beyond the piece adds nothing
      bytes.fill(0, scratch + 4 * piece.length, scratch + 16 * Math.ceil(piece.length / 4))
      run(to, scratch, to + 4 * piece.length)
    }
  }
  return {
    words: new Int32Array(buffer, 0, length),
    add: (some, at = 0) => eachPiece(some, at, code.add),
    take: (some, at = 0) => eachPiece(some, at, code.take),
    addPacked(packed, count, width) {
      // so many numbers are whole bytes
      for (let from = 0; from < count; from += PIECE) {
        const piece = Math.min(PIECE, count - from)
        const start = (from / 8) * width
        bytes.set(packed.subarray(start, start + Math.ceil((piece * width) / 8)), scratch)
        code.addPacked(4 * from, scratch, 4 * (from + piece), width, 2 ** width - 1)
      }
    },
  }
}

/** The same without it. */
export function plainLanes(length: number): Lanes {
  const words = new Int32Array(length)
  return {
    words,
    add(some, at = 0) {
      for (let i = 0; i < some.length; i++) words[at + i] = (words[at + i]! + some[i]!) | 0
    },
    take(some, at = 0) {
      for (let i = 0; i < some.length; i++) words[at + i] = (words[at + i]! - some[i]!) | 0
    },
    addPacked(bytes, count, width) {
      const padded = new Uint8Array(4 * (Math.ceil(bytes.length / 4) + 1))
      padded.set(bytes)
      const packed = new Int32Array(padded.buffer)
      const low = 2 ** width - 1
      for (let i = 0, bit = 0; i < count; i++, bit += width) {
        const [at, shift] = [bit >>> 5, bit & 31]
        // what the next word has of it: nothing where it begins this one
        const high = (packed[at + 1]! << 1) << (31 - shift)
        words[i] = (words[i]! + (((packed[at]! >>> shift) | high) & low)) | 0
      }
    },
  }
}
