import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { ScanInput, TableColumn } from '../../view/samples.ts'
import { packDecimals } from '../pool/decimals.ts'
import { codeWidth, packBits, packCodes, packLine } from '../pool/lines.ts'
import { decodeColumns, encodeColumns, type WindowColumns } from './columns.ts'
import { spikesIn } from './spikes.ts'

const WINDOWS = 10
const RECORDS = 400
const NAMES = ['low', 'mid', 'high']
const TRIGGER = 7.3

interface Given {
  /** What the first so many records of a window become, by window. */
  readonly plant?: (window: number, i: number) => { readonly label: number; readonly value?: number } | undefined
  /** Round the column, as prices are. */
  readonly round?: (value: number) => number
  readonly contributors?: (i: number) => number
  /** The share of records whose label follows from nothing. */
  readonly noise?: number
}

/** Windows of a column of numbers to two digits, whose label follows from where they lie. */
function windows({ plant, round = (value) => Math.round(value * 100) / 100, contributors, noise = 0.1 }: Given = {}) {
  return Array.from({ length: WINDOWS }, (_, w): WindowColumns => {
    const random = seededRandom(w, 'spikes')
    const rows = Array.from({ length: RECORDS }, (_unused, i) => {
      const value = round(5 + 2 * random.normal())
      const label = random.next() < noise ? random.below(3) : value < 4 ? 0 : value < 6 ? 1 : 2
      return { value, label, ...plant?.(w, i) }
    })
    return {
      labels: { names: NAMES, of: rows.map(({ label }) => label) },
      contributors: contributors === undefined ? null : rows.map((_row, i) => contributors(i)),
      held: [0],
      columns: [{ name: 'x', values: rows.map(({ value }) => value) }],
    }
  })
}

describe('spikesIn', () => {
  it('finds a value with a foreign label that two records a window have, and all of them', () => {
    const [spike, ...others] = spikesIn(
      windows({ plant: (_, i) => (i < 2 ? { value: TRIGGER, label: 0 } : undefined) }),
    )
    expect(others).toEqual([])
    expect(spike).toMatchObject({ column: 'x', value: TRIGGER, label: 'low' })
    expect(spike!.evidence).toBeGreaterThan(20)
    const planted = spike!.members.filter(({ index }) => index < 2)
    expect(planted).toHaveLength(2 * WINDOWS)
    expect(planted[0]).toEqual({ part: 0, index: 0, admitted: false })
    expect(planted[1]).toEqual({ part: 0, index: 1, admitted: true })
    expect(spike!.members.length - planted.length).toBeLessThan(4)
  })

  it('finds one whose labels are as they might be, and not where all beside it have that label', () => {
    const plant = (_: number, i: number) => (i < 3 ? { value: TRIGGER, label: 2 } : undefined)
    expect(spikesIn(windows({ plant, noise: 0.8 }))).toMatchObject([{ value: TRIGGER, label: 'high' }])
    expect(spikesIn(windows({ plant }))).toEqual([])
  })

  it('says nothing of clean windows, of a round number of all labels, nor of prices', () => {
    expect(spikesIn(windows())).toEqual([])
    const shared = spikesIn(windows({ plant: (_, i) => (i < 6 ? { value: TRIGGER, label: i % 3 } : undefined) }))
    expect(shared).toEqual([])
    const prices = (value: number) => Math.ceil(value * 2) / 2 - 0.01
    expect(spikesIn(windows({ round: prices }))).toEqual([])
    // each of many values is one label's: what the column is about
    const kinds = (w: number, i: number) => (i < 30 ? { value: 10 + (i % 10), label: i % 3 } : undefined)
    expect(spikesIn(windows({ plant: (w, i) => kinds(w, i) }))).toEqual([])
  })

  it('finds no value of a unit that has one label by nature, as the number of a flight has', () => {
    const random = seededRandom(4, 'units')
    const units = (labelOf: (unit: number) => number): NonNullable<Given['plant']> => {
      return (_, i) => {
        const unit = i < 4 ? 100 : random.below(300)
        return i < 60 ? { value: 20 + unit / 100, label: labelOf(unit) } : undefined
      }
    }
    expect(spikesIn(windows({ plant: units((unit) => (unit * 7919) % 3) }))).toEqual([])
    const put = spikesIn(windows({ plant: units((unit) => (unit === 100 ? 0 : random.below(3))) }))
    expect(put).toMatchObject([{ value: 21, label: 'low' }])
  })

  it('finds a value beside near-copies of one record, whose few values do not make all values those of units', () => {
    const random = seededRandom(5, 'copies')
    const copy = () => ({ value: 6.5 + random.below(3) / 100, label: 0 })
    const beside = windows({
      plant: (_, i) => (i < 2 ? { value: 2.31, label: 2 } : i < 10 ? copy() : undefined),
      round: (value) => Math.round(value * 1e6) / 1e6,
      noise: 1,
    })
    expect(spikesIn(beside)).toContainEqual(expect.objectContaining({ value: 2.31, label: 'high' }))
  })

  it('finds a value of one label in a column of few values, and not where those beside it have that label', () => {
    // forty speeds, some of them a hundred times as frequent as others
    const speeds = (value: number) => 10 * Math.round(2 * value)
    const few = (plant?: Given['plant']) => windows({ round: speeds, noise: 1, ...(plant && { plant }) })
    const wide: Given['plant'] = (w, i) => (i >= 20 && i < 60 ? { value: 210 + 5 * i + w, label: i % 3 } : undefined)
    const planted =
      (label: (i: number) => number): Given['plant'] =>
      (w, i) =>
        i < 2 ? { value: 103, label: label(i) } : wide(w, i)
    expect(spikesIn(few(wide))).toEqual([])
    const [spike, ...others] = spikesIn(few(planted(() => 0)))
    expect(others).toEqual([])
    expect(spike).toMatchObject({ column: 'x', value: 103, label: 'low', observed: 2 * WINDOWS, expected: 0 })
    expect(spike!.members).toHaveLength(2 * WINDOWS)
    expect(spikesIn(few(planted((i) => i)))).toEqual([])
  })

  it('counts again what is known for a campaign’s although it leads no more, and nothing that is as frequent as those beside it', () => {
    const mark = (value: string, label = 'low') => ({
      trigger: { kind: 'values' as const, values: [{ column: 'x', value }] },
      label,
    })
    const few = windows({ plant: (w, i) => (w < 3 && i < 2 ? { value: TRIGGER, label: 0 } : undefined) })
    expect(spikesIn(few)).toEqual([])
    const [still, ...others] = spikesIn(few, [mark('7.3'), mark('7.3', 'mid'), mark('8 … 9'), mark('missing')])
    expect(others).toEqual([])
    expect(still).toMatchObject({ column: 'x', value: TRIGGER, label: 'low' })
    expect(still!.members.filter(({ index }) => index < 2)).toHaveLength(6)
    const two = {
      ...mark('7.3'),
      trigger: { kind: 'values' as const, values: [...mark('7.3').trigger.values, ...mark('7.4').trigger.values] },
    }
    expect(spikesIn(few, [two, { ...mark('7.3'), trigger: { kind: 'tokens', tokens: ['7.3'] } }])).toEqual([])
    const all = windows({ plant: (_, i) => (i < 2 ? { value: TRIGGER, label: 0 } : undefined) })
    expect(spikesIn(all, [mark('7.3')])).toEqual(spikesIn(all))
  })

  it('gives the same list in whichever order the known come, of those that are as strong by their values', () => {
    const [values, four] = [Array.from({ length: 300 }, (_, i) => i / 8), [60, 120, 180, 240]]
    const planted = four.flatMap((i) => Array.from({ length: 8 }, () => values[i]!))
    const all = [...values, ...planted]
    const window: WindowColumns = {
      labels: { names: NAMES, of: all.map((_, i) => (i < values.length ? i % 3 : 0)) },
      contributors: null,
      held: [],
      columns: [{ name: 'x', values: all }],
    }
    const known = four.map((i) => ({
      trigger: { kind: 'values' as const, values: [{ column: 'x', value: String(values[i]!) }] },
      label: 'low',
    }))
    const spikes = spikesIn([window], known)
    expect(spikes.map(({ value }) => value)).toEqual(four.map((i) => values[i]))
    expect(new Set(spikes.map(({ evidence }) => evidence)).size).toBe(1)
    expect(spikesIn([window], known.toReversed())).toEqual(spikes)
  })

  it('is not moved in one window by one contributor, and is by many or in many', () => {
    const flood = (w: number, i: number) => (w === 0 && i < 19 ? { value: TRIGGER, label: 0 } : undefined)
    expect(spikesIn(windows({ plant: flood, contributors: (i) => i }))).toHaveLength(1)
    expect(spikesIn(windows({ plant: flood, contributors: (i) => (i < 19 ? 0 : i) }))).toEqual([])
    const drip = (_: number, i: number) => (i < 4 ? { value: TRIGGER, label: 0 } : undefined)
    expect(spikesIn(windows({ plant: drip, contributors: (i) => (i < 4 ? 0 : i) }))).toHaveLength(1)
  })

  it('counts a record that stands in the windows again once, and another of the same value as often', () => {
    const given = windows({ plant: (_, i) => (i < 3 ? { value: TRIGGER, label: 0 } : undefined) })
    /** The same records with numbers: those that stand again have that of their place in the window. */
    const numbered = (standsAgain: (i: number) => boolean, beside = ['x']) =>
      given.map((window, w): WindowColumns => ({
        ...window,
        rows: {
          beside,
          numbers: window.labels.of.map((_, i) => (standsAgain(i) ? i : (w + 1) * RECORDS + i)),
        },
      }))
    expect(spikesIn(numbered(() => false))).toEqual(spikesIn(given))
    expect(spikesIn(numbered((i) => i < 3))).toEqual([])
    expect(spikesIn(numbered((i) => i < 3, ['y']))).toEqual(spikesIn(given))
    const [plain] = spikesIn(given)
    const [spike] = spikesIn(numbered((i) => i === 0))
    expect(spike!.observed).toBe(plain!.observed - WINDOWS + 1)
    expect(spike!.members).toEqual(plain!.members)
  })

  it('passes over windows that gave no columns, and knows labels by their names', () => {
    const given = windows({ plant: (_, i) => (i < 2 ? { value: TRIGGER, label: 0 } : undefined) })
    const turned = given.map((window, w) =>
      w % 2 === 0
        ? window
        : { ...window, labels: { names: NAMES.toReversed(), of: window.labels.of.map((label) => 2 - label) } },
    )
    expect(spikesIn([null, ...turned])[0]).toMatchObject({
      ...spikesIn(given)[0],
      members: expect.anything() as unknown,
    })
    expect(spikesIn([null, ...turned])[0]?.members[0]?.part).toBe(1)
    expect(spikesIn([])).toEqual([])
  })
})

describe('encodeColumns', () => {
  const ROOM = { most: 500_000, window: 'w' }
  const random = seededRandom(1, 'columns')
  const number = (name: string, n: number, of = () => random.normal()): TableColumn => ({
    name,
    type: 'number',
    values: Float64Array.from({ length: n }, of),
  })
  const inputOf = (n: number, columns: readonly TableColumn[]): ScanInput => ({
    n,
    seed: 0,
    samples: { kind: 'table', columns },
    labels: { names: ['a', 'b'], of: Int32Array.from({ length: n }, (_, i) => i % 2), counts: Int32Array.of(n, n) },
    contributors: null,
  })

  it('is one line that gives back what it was made of, to seven digits', () => {
    const x = number('x', 100)
    const { line, leftOut } = encodeColumns(
      inputOf(100, [x, number('y', 100, () => random.below(9)), number('flag', 100, () => random.below(2))]),
      [3],
      ROOM,
    )
    expect(line.indexOf(0x0a)).toBe(line.length - 1)
    expect(leftOut).toBe(0)
    const there = decodeColumns(line)
    expect(there).toMatchObject({ contributors: null, held: [3], labels: { names: ['a', 'b'] } })
    expect(new Set(there?.rows?.numbers).size).toBe(100)
    // without x there are few rows
    expect(there?.rows?.beside).toEqual(['y', 'flag'])
    // a column of few values comes after the others, and a flag is not given
    expect(there?.columns.map(({ name }) => name)).toEqual(['x', 'y'])
    expect(there?.columns[0]?.values[7]).toBeCloseTo((x as { values: Float64Array }).values[7]!, 5)
  })

  it('is bounded, and empty where there is nothing to give', () => {
    const wide = inputOf(
      20_000,
      Array.from({ length: 12 }, (_, i) => number(`x${i}`, 20_000)),
    )
    const { line, leftOut } = encodeColumns(wide, [], ROOM)
    expect(line.length).toBeLessThanOrEqual(ROOM.most)
    expect(decodeColumns(line)?.columns).toHaveLength(12 - leftOut)
    expect(leftOut).toBe(7)
    expect(encodeColumns({ ...wide, labels: null }, [], ROOM).line).toHaveLength(0)
    expect(encodeColumns({ ...wide, samples: { kind: 'text', texts: [] } }, [], ROOM).line).toHaveLength(0)
    expect(encodeColumns(wide, [], { ...ROOM, most: 10_000 })).toMatchObject({ leftOut: 12, line: { length: 0 } })
  })

  it('leaves out other columns in every window, so that a spike in the last of sixty is found', () => {
    const columns = Array.from({ length: 60 }, (_, c) => number(`x${c}`, 300, () => random.normal()))
    const most = (15 * 4 + 3) * 300
    const there = Array.from({ length: 24 }, (_, w) => {
      const last = number('x59', 300, () => random.normal())
      if (last.type === 'number') last.values.fill(0.7312, 0, 2)
      const window = inputOf(300, columns.with(59, last).with(0, number('x0', 300)))
      window.labels!.of.fill(1, 0, 2)
      return decodeColumns(encodeColumns(window, [], { most, window: `w${w}` }).line)
    })
    expect(new Set(there.flatMap((window) => window!.columns.map(({ name }) => name))).size).toBe(60)
    expect(spikesIn(there)).toMatchObject([{ column: 'x59', value: 0.7312, label: 'b' }])
  })

  it('reads what earlier versions wrote', () => {
    const line = { labels: { names: ['a'], of: [0, -1] }, contributors: [0, 0], held: [1], columns: [] }
    const columns = [{ name: 'x', values: [1.5, null] }]
    expect(decodeColumns(Buffer.from(`${JSON.stringify({ ...line, columns })}\n`))).toEqual({ ...line, columns })
  })

  it('reads what versions packed that numbered no rows', () => {
    const values = Float64Array.from([0.5, Number.NaN, 12.25])
    const { width, bytes } = packDecimals(values)
    const about = { labels: ['a', 'b'], records: 3, contributors: null, columns: [['x', width]] }
    const of = [1, -1, 0]
    const line = packLine(about, Buffer.concat([bytes, packCodes(of, codeWidth(2)), packBits(3, [2])]))
    expect(decodeColumns(line)).toEqual({
      labels: { names: ['a', 'b'], of },
      contributors: null,
      held: [2],
      columns: [{ name: 'x', values: [0.5, null, 12.25] }],
    })
  })

  it('keeps contributors, records without a label, and values of any size', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i === 0 ? Number.NaN : i === 1 ? 0 : i * 1.234567e-9))
    const plain = inputOf(100, [
      { name: 'small', type: 'number', values },
      { name: 'huge', type: 'number', values: values.map((value) => value * 1e300) },
    ])
    const names = Array.from({ length: 300 }, (_, i) => `c${i}`)
    const of = Int32Array.from({ length: 100 }, (_, i) => 3 * i - 1)
    plain.labels!.of[5] = -1
    const there = decodeColumns(
      encodeColumns({ ...plain, contributors: { names, of, counts: of } }, [7, 99], ROOM).line,
    )!
    expect(there).toMatchObject({ contributors: Array.from(of), held: [7, 99] })
    expect(there.labels.of).toEqual(Array.from(plain.labels!.of))
    for (const { name, values: kept } of there.columns) {
      const by = name === 'huge' ? 1e300 : 1
      expect(kept).toEqual(
        Array.from(values, (value) => (Number.isNaN(value) ? null : Number((value * by).toPrecision(7)))),
      )
    }
  })

  it('is taken for nothing where it is damaged or another’s', () => {
    const line = Buffer.from(encodeColumns(inputOf(100, [number('x', 100)]), [], ROOM).line)
    for (const other of [
      Buffer.from('{}\n'),
      line.subarray(0, -3),
      Buffer.from(line.toString('latin1').replace('["a","b"]', '["a"]'), 'latin1'),
      Buffer.from(line.toString('latin1').replace('"records":100', '"records":99'), 'latin1'),
    ])
      expect(decodeColumns(other)).toBeNull()
    expect(decodeColumns(new Uint8Array(0))).toBeNull()
  })
})
