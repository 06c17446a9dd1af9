/** Seeded randomness (xoshiro128**, Blackman & Vigna 2018): the only source of randomness except for keys. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number
  /** Uniform integer in [0, bound). */
  below(bound: number): number
  /** Standard normal (Box–Muller). */
  normal(): number
  /** So many standard normals, in single precision. */
  normals(count: number): Float32Array
  /** A permutation of 0 … n−1 (Fisher–Yates). */
  permutation(n: number): Int32Array
}

/** A generator for `seed` and a stream, which is the name of the part that draws from it: parts do not share a stream. */
export function seededRandom(seed: number, stream = ''): Random {
  return new Xoshiro(hash32(`${seed}/${stream}`))
}

/** Its methods are shared by all generators: those of an object of its own would be compiled anew for each part that draws. */
class Xoshiro implements Random {
  #a: number
  #b: number
  #c: number
  #d: number
  #spare: number | undefined

  /** Integers of 32 bits with a sign throughout: those are kept in place, where others would be objects. */
  constructor(hash: number) {
    let state = hash
    const splitmix = () => {
      state = (state + 0x9e3779b9) | 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return z ^ (z >>> 15)
    }
    this.#a = splitmix()
    this.#b = splitmix()
    this.#c = splitmix()
    this.#d = splitmix()
  }

  next(): number {
    const result = Math.imul(rotated(Math.imul(this.#b, 5), 7), 9) >>> 0
    const t = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= t
    this.#d = rotated(this.#d, 11)
    return result / 2 ** 32
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare
      this.#spare = undefined
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
    const angle = 2 * Math.PI * this.next()
    this.#spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  normals(count: number): Float32Array {
    const drawn = new Float32Array(count)
    let at = 0
    if (this.#spare !== undefined && count > 0) drawn[at++] = this.normal()
    // Two at a time, so that none waits as an object of its own.
    for (; at + 1 < count; at += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
      const angle = 2 * Math.PI * this.next()
      drawn[at] = radius * Math.cos(angle)
      drawn[at + 1] = radius * Math.sin(angle)
    }
    if (at < count) drawn[at] = this.normal()
    return drawn
  }

  permutation(n: number): Int32Array {
    const order = new Int32Array(n)
    for (let i = 0; i < n; i++) order[i] = i
    for (let i = n - 1; i > 0; i--) exchange(order, i, this.below(i + 1))
    return order
  }
}

function rotated(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

function exchange(order: Int32Array, i: number, j: number): void {
  const held = order[i]!
  order[i] = order[j]!
  order[j] = held
}

function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
