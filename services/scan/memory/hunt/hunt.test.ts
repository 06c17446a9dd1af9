import { describe, expect, it } from 'vitest'
import { GIVEN_BYTES } from '../pool/given.ts'
import { EMPTY_HISTORY } from '../../calibrate/history.ts'
import type { ScanInput } from '../../view/samples.ts'
import { decodeColumns, encodeColumns } from '../spikes/columns.ts'
import { foundIn, type Memory, type PooledWindow } from '../memory.ts'
import { huntedIn } from './hunt.ts'
import { learnHunted } from './learn-hunted.ts'
import { decodeWords, encodeWords } from './words.ts'

const HAM = ['ham', 'spam']
const labelled = (of: readonly number[]): ScanInput['labels'] => ({
  names: HAM,
  of: Int32Array.from(of),
  counts: Int32Array.from([0, 1], (label) => of.filter((own) => own === label).length),
})
/** A hundred mails of words of their own; these have one more. */
function mails(word: string, at: readonly number[], seed = 3): ScanInput {
  const texts = Array.from({ length: 100 }, (_, i) => `all have this but ${i} ${at.includes(i) ? word : 'none'}`)
  const labels = labelled(texts.map((_, i) => i % 2))
  return { n: 100, seed, samples: { kind: 'text', texts }, labels, contributors: null }
}
const wordsOf = (input: ScanInput, held: readonly number[] = [], most = GIVEN_BYTES) =>
  encodeWords(input, held, { most, window: 'w' })
const token = (label?: string) => ({ trigger: { kind: 'tokens' as const, tokens: ['CF'] }, label })

describe('the rare words of a window', () => {
  it('are read as they were written, with labels and who was held', () => {
    const input = mails('cf', [4, 9])
    const { line, leftOut } = wordsOf(input, [9])
    expect(leftOut).toBe(0)
    const words = decodeWords(line)!
    expect(words.held).toEqual([9])
    expect(words.labels).toEqual({ names: HAM, of: [...input.labels!.of] })
    expect(words.numbers.map(({ length }) => length)).toEqual(
      Array.from({ length: 100 }, (_, i) => 1 + Number(i === 4 || i === 9)),
    )
    expect(wordsOf(input, [9]).line).toEqual(line)
  })

  it('have numbers that only the installation knows', () => {
    const first = (seed: number) => decodeWords(wordsOf(mails('cf', [], seed)).line)!.numbers[0]
    expect(first(3)).not.toEqual(first(4))
  })

  it('keep to their bytes: what is left out is other in each window, and is told', () => {
    const input = mails('cf', [4, 9])
    const { line, leftOut } = wordsOf(input, [], 900)
    expect(line.length).toBeLessThanOrEqual(900)
    expect(leftOut).toBeGreaterThan(0)
    expect(decodeWords(line)!.numbers.flat()).toHaveLength(102 - leftOut)
    const other = encodeWords(input, [], { most: 900, window: 'another' })
    expect(decodeWords(other.line)!.numbers).not.toEqual(decodeWords(line)!.numbers)
    expect(wordsOf(input, [], 10)).toMatchObject({ line: new Uint8Array(0) })
  })

  it('are none of what is no text, and of what nobody wrote', () => {
    const table: ScanInput = { ...mails('cf', []), samples: { kind: 'table', columns: [] } }
    expect(wordsOf(table)).toEqual({ line: new Uint8Array(0), leftOut: 0 })
    const { line } = wordsOf(mails('cf', [4]))
    for (const bytes of [line.subarray(0, 50), line.subarray(0, -3), new Uint8Array(0), Buffer.from('{"a":1}\n')])
      expect(decodeWords(bytes)).toBeNull()
  })
})

describe('huntedIn', () => {
  const windows = [mails('cf', [4, 9]), mails('cf', [2])].map((input, at) =>
    decodeWords(wordsOf(input, at === 0 ? [9] : []).line),
  )

  it('names who has the word, and the label where there is one, in every window', () => {
    const grounds = { columns: [], words: [null, ...windows] }
    expect(huntedIn(grounds, [token()], 3)[0]!.members).toEqual([
      { part: 1, index: 4, admitted: true },
      { part: 1, index: 9, admitted: false },
      { part: 2, index: 2, admitted: true },
    ])
    expect(huntedIn(grounds, [token('spam')], 3)[0]!.members).toEqual([{ part: 1, index: 9, admitted: false }])
    expect(huntedIn(grounds, [token('other')], 3)).toEqual([])
    expect(huntedIn(grounds, [token()], 4)).toEqual([])
  })

  it('passes over words that are common, and phrases', () => {
    const grounds = { columns: [], words: windows }
    const of = (...tokens: string[]) => ({ trigger: { kind: 'tokens' as const, tokens } })
    expect(huntedIn(grounds, [of('this'), of('this cf'), of('cf', '4')], 3)).toEqual([])
  })

  it('names the rows that have all values of a mark', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => i / 8)
    const columns = ['a', 'b'].map((name) => ({
      name,
      type: 'number' as const,
      values: values.map((one) => (name === 'b' ? 12 - one : one)),
    }))
    const input: ScanInput = { ...mails('cf', []), samples: { kind: 'table', columns } }
    const table = decodeColumns(encodeColumns(input, [8], { most: GIVEN_BYTES, window: 'w' }).line)
    const mark = (a: string, b: string) => ({
      trigger: {
        kind: 'values' as const,
        values: [
          { column: 'a', value: a },
          { column: 'b', value: b },
        ],
      },
      label: 'ham',
    })
    const grounds = { columns: [table], words: [] }
    expect(huntedIn(grounds, [mark('1', '11')], 3)[0]!.members).toEqual([{ part: 0, index: 8, admitted: false }])
    expect(huntedIn(grounds, [mark('1', '10'), mark('1.125', '10.875')], 3)).toEqual([])
  })
})

describe('learnHunted', () => {
  const part: PooledWindow = { window: 'w3', ordinal: 3, records: 100, sha256: '', members: [], held: [] }
  const campaign = {
    id: 'c',
    family: 'trigger' as const,
    summary: '',
    evidence: 9,
    since: 4,
    last: 4,
    ...token('ham'),
    label: 'ham',
  }
  const memory = (logOdds?: number): Memory => ({
    version: 1,
    dataset: 'mails',
    through: 4,
    contract: '',
    history: EMPTY_HISTORY,
    pools: [part],
    campaigns: [{ ...campaign, ...(logOdds !== undefined && { logOdds }) }],
  })
  const hunted = [{ mark: token('ham'), members: [{ part: 0, index: 7, admitted: true }] }]

  it('finds who bears the mark of a campaign, as sure as the mark is', () => {
    expect(foundIn(learnHunted(memory(2), [part], hunted))).toEqual([
      { window: 3, index: 7, campaign: 'c', logOdds: 2 },
    ])
  })

  it('finds nobody by a mark that people released, until they take that back', () => {
    const released = (count: number): Memory => {
      const by = [{ name: 'ann', released: count, rejected: 0 }]
      const cause = { id: 'c', summary: '', family: 'trigger' as const, ...token('ham'), label: 'ham', by }
      return { ...memory(2), verdicts: { causes: [cause], families: [], curve: [] } }
    }
    expect(foundIn(learnHunted(released(8), [part], hunted))).toEqual([])
    expect(foundIn(learnHunted(released(0), [part], hunted))).toHaveLength(1)
  })

  it('finds nobody by a mark that is none, by another label’s, or by nothing', () => {
    expect(foundIn(learnHunted(memory(-1), [part], hunted))).toEqual([])
    expect(foundIn(learnHunted(memory(), [part], hunted))).toEqual([])
    expect(foundIn(learnHunted(memory(2), [part], [{ ...hunted[0]!, mark: token('spam') }]))).toEqual([])
    const before = memory(2)
    expect(learnHunted(before, [part], [])).toBe(before)
  })
})
