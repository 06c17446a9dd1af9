import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { components } from '../components.ts'
import { NearDuplicates } from './near-duplicates.ts'
import { sizeEvidence } from './size-law.ts'

const engine = await createEngine()

const sizes = (counts: Readonly<Record<number, number>>) =>
  Object.entries(counts).flatMap(([size, count]) => Array.from({ length: count }, () => Number(size)))

describe('sizeEvidence', () => {
  it('speaks of a flood in a window that hardly repeats itself', () => {
    expect(sizeEvidence([2, 2, 3, 20])(20).evidence).toBeGreaterThan(3)
    expect(sizeEvidence([50])(50).evidence).toBeGreaterThan(6)
  })

  it('grows with the number of groups of that size', () => {
    expect(sizeEvidence([31, 31, 31])(31).evidence).toBeGreaterThan(2 * sizeEvidence([31])(31).evidence)
  })

  it('is silent where groups thin out with size, as boilerplate and rounded rows do', () => {
    const natural = { 2: 200, 3: 60, 4: 40, 5: 25, 6: 18, 7: 12, 8: 8, 9: 6, 10: 4, 12: 3, 15: 2, 20: 1 }
    const evidence = sizeEvidence(sizes(natural))
    for (const size of [5, 9, 10, 12, 15, 20]) expect(evidence(size).evidence).toBeLessThan(3)
  })

  it('is silent where large groups go on where smaller ones end, of all sizes, as cities do in an address book', () => {
    const cities = {
      2: 148,
      3: 31,
      4: 18,
      5: 11,
      6: 7,
      7: 4,
      8: 4,
      9: 1,
      12: 4,
      14: 2,
      18: 4,
      22: 3,
      26: 2,
      33: 2,
      46: 1,
      80: 1,
    }
    for (const size of [12, 18, 26, 46, 80])
      expect(sizeEvidence(sizes(cities), 'in many ways')(size).evidence).toBeLessThan(4)
    expect(sizeEvidence(sizes({ ...cities, 20: 25 }), 'in many ways')(20).evidence).toBeGreaterThan(4)
  })

  it('is silent of pictures in families of one size, as the steps of animations are, and speaks of copies among them', () => {
    const animations = { 2: 79, 3: 10, 4: 5, 5: 2, 6: 1, 7: 4, 8: 5, 9: 1, 10: 8, 11: 6, 12: 7, 13: 3, 14: 2 }
    const natural = sizeEvidence(sizes(animations), 'in families')
    for (const size of [10, 11, 12, 13, 14]) expect(natural(size).evidence).toBeLessThan(1)
    expect(sizeEvidence(sizes({ ...animations, 51: 3 }), 'in families')(51).evidence).toBeGreaterThan(3)
    const icons = { 2: 235, 3: 47, 4: 22, 5: 13, 6: 15, 7: 4, 8: 2, 9: 4, 10: 3, 11: 3, 15: 1, 16: 1, 19: 1 }
    expect(sizeEvidence(sizes({ ...icons, 51: 3 }), 'in families')(51).evidence).toBeGreaterThan(2)
    for (const size of [10, 15, 19]) expect(sizeEvidence(sizes(icons), 'in families')(size).evidence).toBe(0)
    const halved = sizeEvidence(sizes({ 5: 2, 6: 3, 7: 6, 8: 5, 9: 6, 10: 5, 11: 9, 13: 1 }), 'in families')
    for (const size of [10, 11, 13]) expect(halved(size).evidence).toBeLessThan(1)
    expect(sizeEvidence(sizes({ 50: 5, 51: 5 }), 'in families')(50).evidence).toBeGreaterThan(10)
  })

  it('still speaks of a flood among natural repetitions', () => {
    const mail = { 2: 133, 3: 20, 4: 16, 5: 12, 6: 5, 7: 3, 8: 3, 9: 2, 60: 1 }
    expect(sizeEvidence(sizes(mail))(60)).toMatchObject({ posterior: expect.closeTo(1, 1) as number })
    expect(sizeEvidence(sizes(mail))(60).evidence).toBeGreaterThan(3)
  })
})

describe('components', () => {
  it('joins what edges connect, whatever their order, and leaves single records out', () => {
    const edges: [number, number][] = [
      [4, 2],
      [0, 5],
      [2, 1],
    ]
    const found = components(6, edges).map((of) => [...of])
    expect(found).toEqual([
      [0, 5],
      [1, 2, 4],
    ])
    expect(components(6, edges.toReversed()).map((of) => [...of])).toEqual(found)
  })
})

describe('images', () => {
  const scored = async (copied: (at: number) => number) => {
    const random = seededRandom(1, 'images')
    const n = 300
    const data = Float32Array.from({ length: n * 64 }, (_, at) => (at < 30 * 64 ? copied(at % 64) : random.next()))
    const samples = { kind: 'image', height: 8, width: 8, channels: 1, pixels: { rows: n, cols: 64, data } } as const
    const view = createView({ n, samples, labels: null, contributors: null, seed: 0 }, engine)
    return new NearDuplicates().score(view)
  }

  it('are a flood where one is copied', async () => {
    const { groups } = await scored((at) => (at % 7) / 7)
    expect(groups.map(({ members }) => members.length)).toEqual([30])
  })

  it('of one colour are told, and are no flood', async () => {
    const { groups, notes } = await scored(() => 0.5)
    expect(groups).toEqual([])
    expect(notes?.join()).toContain('30 images are of one colour')
  })
})

describe('rows of a table', () => {
  const N = 4000
  /** Accounts of whom half owe nothing and few are late: many are alike, and nobody copied them. */
  const accounts = (seed: number, copies: number) => {
    const random = seededRandom(seed, 'accounts')
    const rows = Array.from({ length: N }, () => {
      const owed = random.below(2) === 0 ? 0 : Math.round(1000 * Math.abs(random.normal())) / 1000
      return [Number(random.below(30) === 0), 20 + random.below(40), owed, owed === 0 ? 0 : random.normal()]
    })
    const copied = rows.findIndex(([, , owed]) => owed! > 0)
    const planted = Array.from({ length: copies }, (_, i) => 7 + Math.floor((i * (N - 7)) / copies))
    for (const i of planted) rows[i] = rows[copied]!
    const columns = ['late', 'age', 'owed', 'change'].map((name, c) => ({
      name,
      type: 'number' as const,
      values: Float64Array.from(rows, (row) => row[c]!),
    }))
    return { samples: { kind: 'table', columns } as const, planted: new Set([copied, ...planted]) }
  }
  const groupsOf = async (samples: ReturnType<typeof accounts>['samples']) => {
    const window = { n: N, seed: 1, samples, labels: null, contributors: null }
    return (await new NearDuplicates().score(createView(window, engine))).groups
  }

  it.each([0, 1, 2])('are alike by nature where their values are common, seed %i', async (seed) => {
    expect(await groupsOf(accounts(seed, 0).samples)).toEqual([])
  })

  it.each([0, 1, 2])('are a flood where their values would not have made them alike, seed %i', async (seed) => {
    const { samples, planted } = accounts(seed, 60)
    const groups = await groupsOf(samples)
    expect(groups.map(({ members }) => new Set(members))).toEqual([planted])
  })

  /** Rows of four measured numbers: none is like another but by chance. */
  const readings = (seed: number, copies: number) => {
    const random = seededRandom(seed, 'readings')
    const columns = Array.from({ length: 4 }, () => Float64Array.from({ length: N }, () => random.normal()))
    const planted = Array.from({ length: copies }, (_, i) => 5 + Math.floor((i * (N - 5)) / copies))
    for (const values of columns) for (const i of planted) values[i] = values[planted[0]!]!
    const samples = {
      kind: 'table',
      columns: columns.map((values, c) => ({ name: `c${c}`, type: 'number' as const, values })),
    } as const
    return { samples, planted: new Set(planted) }
  }

  it.each([0, 1, 2])('are a flood from a dozen on where no rows are alike, seed %i', async (seed) => {
    const { samples, planted } = readings(seed, 13)
    const groups = await groupsOf(samples)
    expect(groups.map(({ members }) => new Set(members))).toEqual([planted])
    expect(groups[0]!.evidence).toBeGreaterThan(3)
    expect(await groupsOf(readings(seed, 1).samples)).toEqual([])
  })

  /** The first rows of a table, and copies of the first of them behind. */
  const few = (n: number, copies: number, pairs: number) => {
    const { samples } = readings(6, 0)
    const rows = [
      ...Array.from({ length: n - copies - pairs }, (_, i) => i),
      ...Array.from({ length: copies }, () => 0),
    ]
    for (let pair = 1; pair <= pairs; pair++) rows.push(pair)
    const columns = samples.columns.map((column) => ({
      ...column,
      values: Float64Array.from(rows, (i) => column.values[i]!),
    }))
    return { n, seed: 1, samples: { kind: 'table', columns } as const, labels: null, contributors: null }
  }

  it.each([
    ['are held in few rows of which no two others are alike', 400, 15, 0, true],
    ['are held in few rows of which a few pairs are alike', 400, 15, 8, true],
    ['are ranked in few rows of which more are', 400, 15, 9, false],
    ['are ranked in very few rows', 190, 15, 0, false],
    ['that nobody made are none', 400, 0, 0, false],
  ])('%s', async (_, n, copies, pairs, areHeld) => {
    const { groups } = await new NearDuplicates().score(createView(few(n, copies, pairs), engine))
    expect(groups.some(({ evidence }) => evidence > 3)).toBe(areHeld)
  })

  /** A census: of children, a fifth of all, little is asked, and what is hangs together. */
  const census = (seed: number) => {
    const n = 1500
    const random = seededRandom(seed, 'census')
    const people = Array.from({ length: n }, () => {
      const age = random.below(5) === 0 ? random.below(15) : 15 + random.below(70)
      const [isChild, works] = [age < 15, random.below(3) > 0]
      return {
        age,
        income: isChild ? NaN : Math.round(1000 * Math.exp(3 + random.normal())),
        hours: isChild || !works ? NaN : 20 + random.below(40),
        way: isChild || !works ? NaN : 5 + random.below(60),
        works: isChild ? NaN : Number(works),
        married: Number(!isChild && random.below(2) === 0),
        sex: random.below(2),
        origin: [0, 0, 0, 0, 0, 0, 0, 1, 1, 2][random.below(10)]!,
        language: age < 5 ? NaN : Number(random.below(8) === 0),
        school: age < 3 ? NaN : isChild ? 0 : random.below(3),
        disabled: Number(random.below(isChild ? 40 : 6) === 0),
      }
    })
    const columns = (Object.keys(people[0]!) as (keyof (typeof people)[number])[]).map((name) => ({
      name,
      type: 'number' as const,
      values: Float64Array.from(people, (of) => of[name]),
    }))
    return { n, seed: 1, samples: { kind: 'table', columns } as const, labels: null, contributors: null }
  }

  it.each([4, 5, 6, 7, 8, 9, 10])(
    'are no flood where little is asked of them, and what is hangs together, seed %i',
    async (seed) => {
      const { groups } = await new NearDuplicates().score(createView(census(seed), engine))
      expect(groups.filter(({ evidence }) => evidence > 3)).toEqual([])
    },
  )

  it.each([
    ['are ranked where hardly any other rows are alike', 400, 5, 3, true],
    ['are ranked from four of them on', 400, 3, 0, true],
    ['are not, where there are three', 400, 2, 0, false],
    ['are not, where more rows are alike', 400, 5, 8, false],
    ['are not, in very few rows', 190, 5, 0, false],
  ])('that are too few for a flood %s', async (_, n, copies, pairs, areRanked) => {
    const { groups, scores } = await new NearDuplicates().score(createView(few(n, copies, pairs), engine))
    const places = [0, ...Array.from({ length: copies }, (_, at) => n - copies - pairs + at)]
    expect(groups).toEqual([])
    expect([...scores.keys()].filter((i) => scores[i]! > 1)).toEqual(areRanked ? places : [])
  })

  it('are no flood where each is near the next alone, as months without a spot are', async () => {
    const random = seededRandom(0, 'months')
    const month = Float64Array.from({ length: N }, (_, i) => i)
    const spots = month.map((i) => (i >= 700 && i < 718 ? 0 : 10 + Math.abs(50 * random.normal())))
    const columns = [month, spots].map((values, c) => ({ name: `c${c}`, type: 'number' as const, values }))
    const held = (await groupsOf({ kind: 'table', columns })).filter(({ evidence }) => evidence > 3)
    expect(held).toEqual([])
  })

  it('are no flood where as many lie beside them, as children do who differ by a year', async () => {
    const { samples, planted } = readings(4, 39)
    const first = samples.columns[0]!.values
    const sorted = first.toSorted()
    // Three steps of one column, sixty records apart: farther than copies, and nearer than twice that.
    ;[...planted].forEach((i, at) => (first[i] = sorted[2000 + 60 * (at % 3)]!))
    expect(await groupsOf(samples)).toEqual([])
  })

  /** Rows of a dozen measured numbers and a flag; of some, what `lacks` says is missing. */
  const survey = (rows: readonly number[], lacks: (column: number) => boolean) => {
    const random = seededRandom(0, 'survey')
    const columns = Array.from({ length: 13 }, (_, c) => ({
      name: `c${c}`,
      type: 'number' as const,
      values: Float64Array.from({ length: N }, () => (c === 12 ? random.below(2) : random.normal())),
    }))
    columns.forEach(({ values }, c) => {
      for (const i of rows) values[i] = lacks(c) ? Number.NaN : values[rows[0]!]!
    })
    return { kind: 'table', columns } as const
  }
  const some = Array.from({ length: 40 }, (_, i) => 3 + 97 * i)

  it.each([
    ['any feature', () => true],
    ['any feature but c12', (c: number) => c < 12],
  ])('are no flood that have no value in %s: they are told', async (what, lacks) => {
    const window = { n: N, seed: 1, samples: survey(some, lacks), labels: null, contributors: null }
    const { groups, notes } = await new NearDuplicates().score(createView(window, engine))
    expect(groups).toEqual([])
    expect(notes).toEqual([expect.stringMatching(`40 records have no value in ${what}:`)])
  })

  it('are no flood where a column counts the rows besides, and they follow one another', async () => {
    const last = Array.from({ length: 40 }, (_, i) => N - 40 + i)
    const { columns } = survey(last, (c) => c < 12)
    const counted = { name: 'row', type: 'number' as const, values: Float64Array.from({ length: N }, (_, i) => i + 1) }
    const samples = { kind: 'table', columns: [counted, ...columns] } as const
    const window = { n: N, seed: 1, samples, labels: null, contributors: null }
    const { groups, notes } = await new NearDuplicates().score(createView(window, engine))
    expect(groups).toEqual([])
    expect(notes).toEqual([expect.stringMatching('40 records have no value in any feature but c12:')])
  })

  it.each([2, 10])(
    'are a flood that are alike in values that are there, where %i of 13 are missing',
    async (missing) => {
      const groups = await groupsOf(survey(some, (c) => c < missing))
      expect(groups.map(({ members }) => [...members])).toEqual([some])
      expect(groups[0]!.evidence).toBeGreaterThan(3)
    },
  )

  it('of one column repeat one another as its values do', async () => {
    const { samples } = accounts(0, 60)
    expect(await groupsOf({ kind: 'table', columns: samples.columns.slice(2, 3) })).toEqual([])
  })
})

describe('lines of talk', () => {
  const PHRASES = ['okay', 'what', 'hey', 'yeah', 'thank you', 'oh my god', 'why not', 'bye', 'huh', 'all right', 'no']
  const TIMES = [60, 44, 33, 24, 19, 15, 12, 11, 8, 5, 4]
  const random = seededRandom(4, 'talk test')
  const line = () => Array.from({ length: 9 }, () => `word${random.below(900)}`).join(' ')
  const said = PHRASES.flatMap((phrase, at) => Array.from({ length: TIMES[at]! }, () => phrase))
  const scoreOf = async (texts: readonly string[]) => {
    const window = {
      n: texts.length,
      seed: 1,
      samples: { kind: 'text', texts } as const,
      labels: null,
      contributors: null,
    }
    return new NearDuplicates().score(createView(window, engine))
  }
  const lines = Array.from({ length: 1200 }, line)

  it('say the same by nature where they say little, and a line of more words that recurs is a flood', async () => {
    const natural = await scoreOf([...lines, ...said])
    expect(natural.groups).toEqual([])
    expect(natural.notes).toEqual([expect.stringMatching('235 records are phrases of few words that recur, 11 in all')])
    const copied = await scoreOf([...lines, ...said, ...Array.from({ length: 40 }, () => lines[7]!)])
    expect(copied.groups.map(({ members }) => members.length)).toEqual([41])
  })

  it('are a flood without labels where copies were altered one by one, and none where they are one form', async () => {
    const letter = Array.from({ length: 60 }, (_, at) => `letter${at}`)
    const form = Array.from({ length: 40 }, (_, at) => [...letter, `writer${at}`].join(' '))
    expect((await scoreOf([...lines, ...form])).groups).toEqual([])
    const altered = Array.from({ length: 40 }, (_, at) => letter.filter((_, word) => word !== at).join(' '))
    const { groups, scores } = await scoreOf([
      ...lines,
      ...altered,
      ...Array.from({ length: 12 }, () => letter.join(' ')),
    ])
    expect(groups.map(({ members }) => members.length)).toEqual([52])
    expect(scores[lines.length]).toBe(groups[0]!.evidence)
  })

  /** Letters of senders, in as many groups of each size as e-mails have; each lacks the word that `lacks` returns. */
  const lettersOf = (lacks: (size: string, group: number, at: number) => number) => {
    const usual = { 2: 110, 3: 29, 4: 9, 5: 6, 6: 3, 7: 4, 8: 2, 9: 1, 10: 3 }
    return Object.entries(usual).flatMap(([size, groups]) =>
      Array.from({ length: groups }, (_, group) => {
        const letter = Array.from({ length: 60 }, (_, at) => `l${size}x${group}x${at}`)
        return Array.from({ length: Number(size) }, (_, at) =>
          [...letter.filter((_, word) => word !== lacks(size, group, at)), `writer${at}`].join(' '),
        )
      }).flat(),
    )
  }

  it('are no flood where so many letters of a sender are usual, and some of them lack a word', async () => {
    const letters = lettersOf((size, group, at) => (size === '10' && group < 2 && at < 4 ? at : -1))
    const { groups } = await scoreOf([...lines, ...letters])
    expect(groups.length).toBeGreaterThan(0)
    for (const { evidence } of groups) expect(evidence).toBeLessThan(2)
  })

  it('lend those that are equal no evidence to others that are like them', async () => {
    const letter = Array.from({ length: 60 }, (_, at) => `letter${at}`)
    const altered = Array.from({ length: 6 }, (_, at) => letter.filter((_, word) => word !== at).join(' '))
    const before = [...lines, ...lettersOf(() => -1)]
    const { groups, scores } = await scoreOf([
      ...before,
      ...altered,
      ...Array.from({ length: 14 }, () => letter.join(' ')),
    ])
    const [first, equal] = [before.length, before.length + altered.length]
    expect(groups.map(({ members }) => [members[0], members.length])).toEqual([
      [equal, 14],
      [first, 6],
    ])
    expect(scores[first]).toBeGreaterThan(0)
    expect(scores[first]).toBeLessThan(scores[equal]!)
  })
})

describe('what is said where records are at no distance from one another', () => {
  const notesOn = async (texts: readonly string[]) => {
    const input = {
      n: texts.length,
      samples: { kind: 'text', texts } as const,
      labels: null,
      contributors: null,
      seed: 0,
    }
    return (await new NearDuplicates().score(createView(input, engine))).notes?.join(' ')
  }

  it('is that texts of data cannot be told apart, and not that they repeat one another', async () => {
    const random = seededRandom(4, 'texts of data')
    const digests = Array.from({ length: 120 }, () =>
      Array.from({ length: 60 }, () => random.below(16).toString(16)).join(''),
    )
    expect(await notesOn(digests)).toContain('most texts differ, but only in runs of more than 30 characters')
    expect(await notesOn(digests.map((_, i) => ['yes', 'no', 'maybe'][i % 3]!))).toContain('repeat another exactly')
  })
})
