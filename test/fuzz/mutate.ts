import type { Random } from '#core/random.ts'

/** Bytes that decoders take for a beginning, an end, a size or a sign. */
const TELLING = [0, 1, 0x0a, 0x0d, 0x22, 0x2c, 0x3b, 0x5b, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xfe, 0xff]
const MOST_BYTES = 64 * 1024

/** A seed with a few things done to it: bytes changed, left out, said again, cut off, or taken from another seed. */
export function mutate(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = Buffer.from(seeds[random.below(seeds.length)]!)
  for (let times = 1 + random.below(6); times > 0; times--) {
    const at = random.below(bytes.length + 1)
    const length = random.below(Math.min(64, bytes.length - at) + 1)
    const [before, within, after] = [
      bytes.subarray(0, at),
      bytes.subarray(at, at + length),
      bytes.subarray(at + length),
    ]
    const way = random.below(7)
    if (way === 0 && at < bytes.length) bytes[at] = random.below(256)
    else if (way === 1 && at < bytes.length) bytes[at] = TELLING[random.below(TELLING.length)]!
    else if (way === 2) bytes = Buffer.concat([before, after])
    else if (way === 3)
      bytes = Buffer.concat([before, ...Array.from({ length: 1 + random.below(20) }, () => within), after])
    else if (way === 4) bytes = Buffer.from(before)
    else if (way === 5)
      bytes = Buffer.concat([before, seeds[random.below(seeds.length)]!.subarray(random.below(64)), after])
    else bytes = Buffer.concat([before, Buffer.alloc(length, TELLING[random.below(TELLING.length)]), after])
    if (bytes.length > MOST_BYTES) bytes = Buffer.from(bytes.subarray(0, MOST_BYTES))
  }
  return new Uint8Array(bytes)
}
