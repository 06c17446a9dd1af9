import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { ALIKE, kindsIn } from './kinds.ts'
import { agreeing, PRINT_BYTES } from './prints.ts'

const random = seededRandom(0, 'kinds of prints')
const byte = () => 1 + random.below(255)
const drawn = () => Uint8Array.from({ length: PRINT_BYTES }, byte)
/** The same but for so many bytes, each of two hashes. */
const changed = (print: Uint8Array, bytes: number) => print.map((own, at) => (at < bytes ? own ^ 0x11 : own))
const windowOf = (prints: readonly Uint8Array[]) => Uint8Array.from(prints.flatMap((print) => [...print]))

describe('kindsIn', () => {
  it('finds what is like the first of its kind, and nothing else, whatever lies between', () => {
    const firsts = Array.from({ length: 40 }, drawn)
    const [near, far] = [Math.floor((48 - ALIKE) / 2), Math.floor((48 - ALIKE) / 2) + 1]
    const windows = [
      windowOf(firsts),
      null,
      windowOf([
        ...Array.from({ length: 300 }, drawn),
        ...firsts.map((print, at) => changed(print, at % 2 ? near : far)),
      ]),
    ]
    const kinds = kindsIn(windows)
    expect(kinds.map(({ print }) => print)).toEqual(firsts.filter((_, at) => at % 2))
    expect(kinds.map(({ members }) => members)).toEqual(
      firsts.flatMap((_, at) =>
        at % 2
          ? [
              [
                { part: 0, at },
                { part: 2, at: 300 + at },
              ],
            ]
          : [],
      ),
    )
    for (const { print, members } of kinds) {
      const { at } = members[1]!
      expect(agreeing(print, windows[2]!.subarray(at * PRINT_BYTES, (at + 1) * PRINT_BYTES))).toBeGreaterThanOrEqual(
        ALIKE,
      )
    }
  })

  it('keeps records that have nothing to be told by out of every kind', () => {
    expect(kindsIn([new Uint8Array(5 * PRINT_BYTES), new Uint8Array(PRINT_BYTES), new Uint8Array(0)])).toEqual([])
  })

  it('tries eight kinds of one key, however many share it', () => {
    // one key in common, all else different: the ninth is listed under the others of its own alone
    const shared = drawn().subarray(0, 3)
    const kin = Array.from({ length: 12 }, () => Uint8Array.of(...shared, ...drawn().subarray(3)))
    const again = kin.map((print) => Uint8Array.of(...print))
    expect(kindsIn([windowOf(kin), windowOf(again)]).map(({ members }) => members.map(({ at }) => at))).toEqual(
      kin.map((_, at) => [at, at]),
    )
  })
})
