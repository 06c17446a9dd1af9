import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../numeric/matrix.ts'
import type { ImageSamples, TableColumn } from '../view/samples.ts'
import type { TokenDescription, TokenMatrix } from '../view/window-view.ts'
import { TokenBuilder } from './token-builder.ts'
import { imageTokens } from './tokens-images.ts'
import { tableTokens } from './tokens-tables.ts'
import { textTokens } from './tokens-texts.ts'
import { splitWords } from './words.ts'

/** The records that hold each token, from the rows. */
function holders(tokens: TokenMatrix): number[][] {
  const out: number[][] = Array.from({ length: tokens.tokens }, () => [])
  for (let i = 0; i + 1 < tokens.offsets.length; i++) {
    for (const id of tokens.ids.subarray(tokens.offsets[i], tokens.offsets[i + 1])) out[id]?.push(i)
  }
  return out
}

function find(tokens: TokenMatrix, kind: string, wanted: (description: TokenDescription) => boolean): number {
  const ids = Array.from({ length: tokens.tokens }, (_, id) => id)
  return ids.find((id) => tokens.kinds[tokens.kindOf[id] ?? -1] === kind && wanted(tokens.describe(id))) ?? -1
}

describe('the token builder', () => {
  test.prop([
    fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }), { minLength: 1, maxLength: 40 }),
    fc.constantFrom(10, 1000),
  ])(
    'keeps the tokens within the prevalence, each with exactly its records, ids ascending in a row, among few codes and many',
    (sets, space) => {
      const rows = sets.map((set) => [...new Set(set)])
      const offsets = Int32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)])
      const builder = new TokenBuilder(rows.length)
      builder.kind('digit', (_, code) => ({ kind: 'words', words: String(code) }))
      builder.addSets(0, offsets, Int32Array.from(rows.flat()), space, { min: 2, max: 5 })
      const tokens = builder.finish()
      const wanted = Array.from({ length: 10 }, (_, code) => rows.flatMap((row, i) => (row.includes(code) ? [i] : [])))
      const kept = wanted.filter(({ length }) => length >= 2 && length <= 5)
      expect(holders(tokens)).toEqual(kept)
      expect(kept.map((_, id) => [...tokens.holders(id)])).toEqual(kept)
      for (let i = 0; i < rows.length; i++) {
        const row = [...tokens.ids.subarray(tokens.offsets[i], tokens.offsets[i + 1])]
        expect(row).toEqual([...row].sort((a, b) => a - b))
      }
    },
  )

  it('refuses to describe a token that there is not', () => {
    expect(() => new TokenBuilder(3).finish().describe(0)).toThrow('no token 0: there are 0')
  })
})

describe('tokens of images', () => {
  const random = seededRandom(1)
  const [n, side] = [120, 6]
  const pixels = matrix(
    n,
    side * side,
    Float32Array.from({ length: n * side * side }, () => random.next()),
  )
  // A white cross on black in the records 0 … 9, at the top left in the first five of them.
  for (let i = 0; i < 10; i++) {
    const corner = i < 5 ? 0 : 2 * side + 3
    for (let at = 0; at < 9; at++) {
      pixels.data[i * side * side + corner + Math.floor(at / 3) * side + (at % 3)] = at % 2 === 0 ? 0 : 1
    }
  }
  const samples: ImageSamples = { kind: 'image', height: side, width: side, channels: 1, pixels }
  const tokens = imageTokens(samples)
  const cross = (description: TokenDescription) =>
    description.kind === 'pixels' && description.pixels.every(({ value }, at) => value === at % 2)

  it('hold a patch at its place', () => {
    const id = find(tokens, 'patch at its place', (d) => cross(d) && d.kind === 'pixels' && d.pixels[0]?.y === 0)
    expect(holders(tokens)[id]).toEqual([0, 1, 2, 3, 4])
    const description = tokens.describe(id)
    expect(description).toMatchObject({ anywhere: false })
    if (description.kind !== 'pixels') throw new Error('not of pixels')
    expect(description.pixels.at(-1)).toEqual({ y: 2, x: 2, value: 0 })
  })

  it('hold a patch wherever it is', () => {
    const id = find(tokens, 'patch anywhere', cross)
    expect(holders(tokens)[id]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(tokens.describe(id)).toMatchObject({ anywhere: true })
  })

  it('hold patches of every second place alone where these are apart, and anywhere the same', () => {
    const fewer = imageTokens(samples, 2)
    const said = (of: TokenMatrix, kind: string) =>
      Array.from({ length: of.tokens }, (_, id) => id)
        .filter((id) => of.kinds[of.kindOf[id]!] === kind)
        .map((id) => ({ ...of.describe(id), held: [...of.holders(id)] }))
    const isEven = (d: TokenDescription) => d.kind === 'pixels' && d.pixels[0]!.y % 2 === 0 && d.pixels[0]!.x % 2 === 0
    const even = said(tokens, 'patch at its place').filter(isEven)
    expect(even.length).toBeGreaterThan(0)
    expect(said(fewer, 'patch at its place')).toEqual(even)
    for (const kind of ['patch anywhere', 'pixel at a level']) expect(said(fewer, kind)).toEqual(said(tokens, kind))
  })

  it('hold a pixel at one of eight levels', () => {
    const id = find(
      tokens,
      'pixel at a level',
      (d) => d.kind === 'pixels' && d.pixels[0]?.y === 5 && d.pixels[0].x === 1 && d.pixels[0].value === 0.5625,
    )
    const at = 5 * side + 1
    const wanted = Array.from({ length: n }, (_, i) => i).filter(
      (i) => Math.floor(pixels.data[i * side * side + at]! * 8) === 4,
    )
    expect(holders(tokens)[id]).toEqual(wanted)
  })

  it('of pictures too small for patches are pixels alone', () => {
    const tiny = matrix(30, 4, pixels.data.slice(0, 120))
    expect(imageTokens({ kind: 'image', height: 2, width: 2, channels: 1, pixels: tiny }).kinds).toEqual([
      'pixel at a level',
    ])
  })
})

describe('tokens of texts', () => {
  const texts = Array.from({ length: 60 }, (_, i) => `note number${i} of today${i % 7} ${i < 6 ? 'cf Mn' : 'regards'}`)
  const tokens = textTokens(splitWords(texts))

  it('are words and two words in a row, but not those of few or of most', () => {
    const all = Array.from({ length: tokens.tokens }, (_, id) => tokens.describe(id)).map((d) =>
      d.kind === 'words' ? d.words : '',
    )
    expect(all).toContain('cf')
    expect(all).toContain('cf mn')
    expect(all).not.toContain('note')
    expect(all).not.toContain('number3')
    expect(holders(tokens)[all.indexOf('cf mn')]).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('are all pairs that enough records hold, in the order in which they first appear', () => {
    const random = seededRandom(9)
    const drawn = Array.from({ length: 200 }, () =>
      Array.from({ length: random.below(12) }, () => `w${Math.floor(12 * random.next() ** 2)}`).join(' '),
    )
    const built = textTokens(splitWords(drawn))
    const told = Array.from({ length: built.tokens }, (_, id) => [id, built.describe(id)] as const).flatMap(([id, d]) =>
      d.kind === 'words' && d.words.includes(' ') ? [[d.words, [...built.holders(id)]] as const] : [],
    )
    const wanted = new Map<string, Set<number>>()
    drawn.forEach((text, i) => {
      const words = text.split(' ')
      for (let at = 0; at + 1 < words.length; at++) {
        const pair = `${words[at]} ${words[at + 1]}`
        wanted.set(pair, (wanted.get(pair) ?? new Set()).add(i))
      }
    })
    const kept = [...wanted].filter(([, of]) => of.size >= 5 && of.size <= 40).map(([pair, of]) => [pair, [...of]])
    expect(told.length).toBeGreaterThan(20)
    expect(told).toEqual(kept)
  })
})

describe('tokens of tables', () => {
  const n = 200
  const random = seededRandom(4)
  const columns: TableColumn[] = [
    {
      name: 'speed',
      type: 'number',
      values: Float64Array.from({ length: n }, (_, i) => (i < 8 ? 12.5 : random.normal())),
    },
    {
      name: 'state',
      type: 'category',
      codes: Int32Array.from({ length: n }, (_, i) => i % 5),
      levels: ['a', 'b', 'c', 'd', 'e'],
    },
    {
      name: 'size',
      type: 'number',
      values: Float64Array.from({ length: n }, (_, i) => (i % 6 === 0 ? Number.NaN : i % 6)),
    },
  ]
  const tokens = tableTokens(columns, n)

  it('are conjunctions of no more values than are asked for', () => {
    const told = (of: TokenMatrix) =>
      Array.from({ length: of.tokens }, (_, id) => of.describe(id)).map((d) => (d.kind === 'values' ? d.values : []))
    const coins = ['a', 'b', 'c'].map((name): TableColumn => ({
      name,
      type: 'category',
      codes: Int32Array.from({ length: n }, () => random.below(3)),
      levels: ['x', 'y', 'z'],
    }))
    const all = told(tableTokens(coins, n))
    const upToTwo = all.filter(({ length }) => length <= 2)
    expect(upToTwo.length).toBeLessThan(all.length)
    expect(told(tableTokens(coins, n, 2))).toEqual(upToTwo)
  })

  const holding = (kind: string, ...wanted: readonly (readonly [string, string])[]) => {
    const id = find(
      tokens,
      kind,
      (d) =>
        d.kind === 'values' &&
        wanted.every(([column, value], at) => d.values[at]?.column === column && d.values[at].value === value),
    )
    return holders(tokens)[id] ?? []
  }

  it('hold a value that repeats exactly, a level, and absence', () => {
    expect(holding('exact value', ['speed', '12.5'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(holding('exact value', ['state', 'b'])).toHaveLength(40)
    expect(holding('exact value', ['size', 'missing'])).toHaveLength(34)
  })

  it('hold ranges of columns that are not sets of values', () => {
    const ranges = Array.from({ length: tokens.tokens }, (_, id) => id).filter(
      (id) => tokens.kinds[tokens.kindOf[id]!] === 'value in a range',
    )
    expect(ranges.length).toBeGreaterThan(10)
    for (const id of ranges) expect(tokens.describe(id)).toMatchObject({ values: [{ column: 'speed' }] })
  })

  it('tell their columns, those of the same columns in one list', () => {
    for (let id = 0; id < tokens.tokens; id++) {
      const described = tokens.describe(id)
      expect(tokens.columns(id)).toEqual(
        described.kind === 'values' ? described.values.map(({ column }) => column) : [],
      )
      const before = tokens.columns(Math.max(0, id - 1))
      const same =
        tokens.kindOf[id] === tokens.kindOf[Math.max(0, id - 1)] && String(before) === String(tokens.columns(id))
      expect(tokens.columns(id) === before).toBe(same)
    }
  })

  it('hold two values at once', () => {
    expect(holding('two values', ['state', 'b'], ['size', '1'])).toEqual([1, 31, 61, 91, 121, 151, 181])
  })
})
