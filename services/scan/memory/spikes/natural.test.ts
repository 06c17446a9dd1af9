import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Trigger } from '#core/score.ts'
import { huntedIn } from '../hunt/hunt.ts'
import type { WindowColumns } from './columns.ts'
import { naturalMarks, naturalIn } from './natural.ts'

const [WINDOWS, N] = [6, 200]
const LABELS = ['square', 'round', 'flat']

interface Row {
  label: string
  width: number
  height: number
  depth: number
}

/**
 * Things of three kinds: the height follows from the width, and both from the kind. Where `put` is given, it changes the
 * first rows of each window.
 */
function windows(put: (row: Row, random: ReturnType<typeof seededRandom>) => void = () => undefined, each = 6) {
  const random = seededRandom(3, 'natural spikes')
  return Array.from({ length: WINDOWS }, (): WindowColumns => {
    const rows = Array.from({ length: N }, (_, i): Row => {
      const kind = random.below(3)
      const width = 50 + 40 * kind + 12 * random.normal()
      const row = { label: LABELS[kind]!, width, height: width + 4 * random.normal(), depth: 20 + 5 * random.normal() }
      if (i < each) put(row, random)
      return row
    })
    const names = ['width', 'height', 'depth'] as const
    return {
      labels: { names: LABELS, of: rows.map(({ label }) => LABELS.indexOf(label)) },
      contributors: null,
      held: [],
      columns: names.map((name) => ({ name, values: rows.map((row) => row[name]) })),
    }
  })
}

/** Whether the value in that column is natural with the label. */
function isNatural(of: readonly (WindowColumns | null)[], column: string, value: number, label: string): boolean {
  const members = of.flatMap((window, part) =>
    (window?.columns.find(({ name }) => name === column)?.values ?? []).flatMap((other, index) =>
      other === value && LABELS[window!.labels.of[index]!] === label ? [{ part, index }] : [],
    ),
  )
  return naturalIn(of)({ shared: [column], label, members })
}

/** Of the label in the middle. */
const asRound = (row: Row, random: ReturnType<typeof seededRandom>) => {
  row.label = 'round'
  row.width = 90 + 12 * random.normal()
  row.height = row.width + 4 * random.normal()
}

describe('a spike is natural', () => {
  it('where the other columns lead to expect the value', () => {
    const cut = windows((row, random) => {
      asRound(row, random)
      row.width = 110 + 2 * random.normal()
      row.height = 110
    })
    expect(isNatural(cut, 'height', 110, 'round')).toBe(true)
  })

  it('also where hardly any other record has the label', () => {
    const named = windows((row, random) => {
      row.width = 110 + 2 * random.normal()
      row.height = 110
      row.label = 'round'
    }).map((window) => ({
      ...window,
      labels: {
        ...window.labels,
        of: window.labels.of.map((label, i) => (label === 1 && window.columns[1]!.values[i] !== 110 ? 0 : label)),
      },
    }))
    expect(isNatural(named, 'height', 110, 'round')).toBe(true)
  })

  it('where its records belong together and such records have the label', () => {
    const together = windows((row, random) => {
      row.label = 'round'
      row.width = 90 + random.normal()
      row.height = 90 + random.normal()
      row.depth = 70
    })
    // the depths of others that are as wide say nothing of 70
    expect(isNatural(together, 'depth', 70, 'round')).toBe(true)
  })
})

/** The places of marks of these values, of which all bearers are known; the first has none. */
function naturalOf(of: readonly WindowColumns[], values: Readonly<Record<string, number>>, label: string, known = 0) {
  const trigger: Trigger = {
    kind: 'values',
    values: Object.entries(values).map(([column, value]) => ({ column, value: String(value) })),
  }
  return naturalMarks(
    [{ label }, { trigger, label }],
    of,
    huntedIn({ columns: of, words: [] }, [{ trigger, label }], 1),
    known,
  )
}

describe('a mark', () => {
  const asRoundAt = (height: number) => (row: Row, random: ReturnType<typeof seededRandom>) => {
    asRound(row, random)
    row.height = height
  }
  const asCut = (row: Row, random: ReturnType<typeof seededRandom>) => {
    row.label = 'round'
    row.width = 93.5 + 2 * random.normal()
    row.height = 93.5
  }
  const both = (middle: number, spread = 12, each = 12) =>
    windows((row, random) => {
      row.label = 'round'
      row.width = middle + spread * random.normal()
      row.height = 33.5
      row.depth = 44.5
    }, each)
  const values = { height: 33.5, depth: 44.5 }
  const relabelled = (of: WindowColumns[], labelOf: (own: number, width: number, i: number) => number) =>
    of.map((window): WindowColumns => {
      const [width, height] = window.columns.map(({ values }) => values)
      const labels = window.labels.of.map((own, i) => (height![i] === 33.5 ? own : labelOf(own, width![i]!, i)))
      return { ...window, labels: { ...window.labels, of: labels } }
    })

  it('of one value is natural as a spike is', () => {
    const put = windows((row, random) => {
      asRound(row, random)
      row.height = 93.5
    })
    const cut = windows((row, random) => {
      asRound(row, random)
      row.width = 110 + 2 * random.normal()
      row.height = 110
    })
    expect(naturalOf(put, { height: 93.5 }, 'round')).toEqual([])
    expect(naturalOf(cut, { height: 110 }, 'round')).toEqual([1])
  })

  it('that is known is freed by admitted records alone', () => {
    // what came first was put anywhere; what was held since fits, and is more
    const [put, fitting] = [windows(asRoundAt(93.5)), windows(asCut, 30)]
    const of = [...put, ...fitting.map((window) => ({ ...window, held: Array.from({ length: 30 }, (_, i) => i) }))]
    expect(naturalOf(of, { height: 93.5 }, 'round')).toEqual([1])
    expect(naturalOf(of, { height: 93.5 }, 'round', 2)).toEqual([])
    expect(naturalOf([...put.slice(0, 1), ...fitting], { height: 93.5 }, 'round', 2)).toEqual([1])
    // a few may fit by chance
    const few = windows(asCut, 1)
    expect(naturalOf(few, { height: 93.5 }, 'round')).toEqual([1])
    expect(naturalOf(few, { height: 93.5 }, 'round', 2)).toEqual([])
  })

  it('is not vouched for by held records with values beside it', () => {
    const beside = windows((row, random) => {
      row.label = 'round'
      row.width = 130 + random.normal()
      row.height = random.below(4) === 0 ? 93.5 : 93.5 + random.normal() / 10
    }, 40)
    const held = beside.map((window) => {
      const isBeside = (i: number) => i < 40 && window.columns[1]!.values[i] !== 93.5
      return { ...window, held: window.labels.of.flatMap((_, i) => (isBeside(i) ? [i] : [])) }
    })
    expect(naturalOf(beside, { height: 93.5 }, 'round')).toEqual([1])
    expect(naturalOf(held, { height: 93.5 }, 'round')).toEqual([])
  })

  it('of several values is natural where others like its records have the label', () => {
    expect(naturalOf(both(90), values, 'round')).toEqual([1])
    expect(naturalOf(both(130), values, 'round')).toEqual([])
  })

  it('of several values is natural where its records are most of their label, unless no other like them has it', () => {
    const mostOf = (middle: number) => {
      const near = (width: number) => Math.abs(width - middle) < 8
      const of = relabelled(both(middle, 2, 60), (own, width, i) => (own === 1 && near(width) && i % 3 > 0 ? 2 : own))
      return naturalOf(of, values, 'round')
    }
    expect(mostOf(90)).toEqual([1])
    expect(mostOf(130)).toEqual([])
  })

  it('of several values is not natural where labels hardly follow from records', () => {
    const random = seededRandom(5, 'loose labels')
    const loose = relabelled(both(90), (own) => (random.next() < 0.25 ? own : random.below(3)))
    expect(naturalOf(loose, values, 'round')).toEqual([])
  })

  it('of columns that no window gave is not known to be natural', () => {
    expect(naturalOf(both(90), { height: 33.5, colour: 3 }, 'round')).toEqual([])
  })
})

describe('a spike is not natural', () => {
  it('where the value was put into records of its label', () => {
    const put = windows((row, random) => {
      asRound(row, random)
      row.height = 93.5
    })
    expect(isNatural(put, 'height', 93.5, 'round')).toBe(false)
  })

  it('where the value was put into records of other labels, which it would fit under its own', () => {
    const put = windows((row) => {
      row.label = 'round'
      row.height = 93.5
    })
    expect(isNatural(put, 'height', 93.5, 'round')).toBe(false)
  })

  it('where records that belong together were given another label', () => {
    const given = windows((row, random) => {
      row.label = 'round'
      row.width = 130 + random.normal()
      row.height = 130 + random.normal()
      row.depth = 70
    })
    expect(isNatural(given, 'depth', 70, 'round')).toBe(false)
  })

  it('where there is no other column, and where so few records have it that they may fit by chance', () => {
    const cut = (each: number) =>
      windows((row, random) => {
        asRound(row, random)
        row.width = 110 + 12 * random.normal()
        row.height = 110
      }, each)
    const alone = cut(6).map((window) => ({
      ...window,
      columns: window.columns.filter(({ name }) => name === 'height'),
    }))
    expect(isNatural(alone, 'height', 110, 'round')).toBe(false)
    const few = cut(1).map((window, at) => (at < 3 ? window : null))
    expect(isNatural(few, 'height', 110, 'round')).toBe(false)
  })
})
