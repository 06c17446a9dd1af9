import type { Lanes } from './lane-types.ts'

/** `createLanes` without WebAssembly: tests compare the code with it, and pages that forbid WebAssembly use it. */
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
        // the part of the number that lies in the next word; zero if the number begins at a word
        const high = (packed[at + 1]! << 1) << (31 - shift)
        words[i] = (words[i]! + (((packed[at]! >>> shift) | high) & low)) | 0
      }
    },
    pack(count, width) {
      const packed = new Int32Array(Math.ceil((count * width) / 32))
      const low = 2 ** width - 1
      for (let i = 0, bit = 0; i < count; i++, bit += width) {
        const [word, at, shift] = [words[i]! & low, bit >>> 5, bit & 31]
        packed[at]! |= word << shift
        if (shift + width > 32) packed[at + 1] = word >>> (32 - shift)
      }
      return new Uint8Array(packed.buffer, 0, Math.ceil((count * width) / 8))
    },
    quantise(values, chances, at, { range, scale, top, weight }) {
      let outside = 0
      let finite = true
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!
        finite &&= Number.isFinite(value)
        if (value < -range || value > range) outside++
        const steps = Math.floor((value + range) * scale + (chances[i]! >>> 8) / 2 ** 24)
        words[at + i] = Math.imul(Math.min(Math.max(steps, 0), top), weight)
      }
      return finite ? outside : -1
    },
    mean(count, { middle, spare, weight, step, range }) {
      const mean = new Float64Array(count)
      for (let i = 0; i < count; i++)
        mean[i] = (((((words[i]! - middle) << spare) >> spare) + middle) / weight) * step - range
      return mean
    },
  }
}
