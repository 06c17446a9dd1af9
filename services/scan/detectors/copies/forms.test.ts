import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import { filledForms } from './forms.ts'
import { NearDuplicates } from './near-duplicates.ts'

const HAN = Array.from('这个优惠星期五结束请')

function isForm(texts: readonly string[]): boolean {
  return filledForms(texts, [Int32Array.from(texts.keys())]).size === 1
}

const twenty = (textOf: (at: number) => string) => Array.from({ length: 20 }, (_, at) => textOf(at))
const form = (at: number) => `the country code for country${at} is code${at} since 1999`
const LETTER = 'this offer ends on friday so write to us before it is gone for good'.split(' ')

describe('one form filled in', () => {
  it('is told by the words that each text has for itself', () => {
    expect(isForm(twenty(form))).toBe(true)
    expect(isForm(twenty((at) => `${HAN.join('')} name${at} city${at}`))).toBe(true)
  })

  it('is neither equal copies nor copies with a word or two of their own in a long text', () => {
    expect(isForm(twenty(() => form(0)))).toBe(false)
    expect(isForm(twenty((at) => `${LETTER.join(' ')} writer${at}`))).toBe(false)
  })

  it('is not copies that were altered one by one, whatever stands in place of their words', () => {
    const replaced = (at: number) =>
      LETTER.map((word, place) => ((place + at) % 6 === 0 ? `other${at}x${place}` : word)).join(' ')
    expect(isForm(twenty(replaced))).toBe(false)
  })

  it('is not texts of which each is all its own', () => {
    expect(isForm(twenty((at) => `a${at} b${at} c${at}`))).toBe(false)
  })

  it('is not asked of fewer than ten texts', () => {
    expect(isForm(twenty(form).slice(0, 9))).toBe(false)
    expect(isForm(twenty(form).slice(0, 10))).toBe(true)
  })
})

describe('near-duplicates among labelled texts', () => {
  const random = seededRandom(3, 'forms')
  const words = (count: number) => Array.from({ length: count }, () => `word${random.below(400)}`).join(' ')
  const others = Array.from({ length: 1000 }, () => words(20))
  const scoreOf = async (copies: readonly string[]) => {
    const texts = [...others, ...copies]
    const labels = groupBy(texts.map((_, i) => (i % 2 === 0 || i >= others.length ? 'a' : 'b')))
    const input = { n: texts.length, seed: 1, samples: { kind: 'text' as const, texts }, labels, contributors: null }
    return new NearDuplicates().score(createView(input, await createEngine()))
  }

  it('names a form in its notes, and reports copies of one of its texts', async () => {
    const forms = await scoreOf(Array.from({ length: 40 }, (_, at) => form(at)))
    expect(forms.groups).toEqual([])
    expect(forms.notes).toHaveLength(1)
    expect(forms.notes?.[0]).toMatch(/^near-duplicates: \d\d records fill in one form, each with words of its own/)
    const copies = await scoreOf(Array.from({ length: 40 }, () => form(0)))
    expect(copies.groups.map(({ members }) => members.length)).toEqual([40])
  })

  it('takes no evidence from copies beside a form', async () => {
    const copies = Array<string>(30).fill(words(20))
    const evidenceOf = (found: Awaited<ReturnType<typeof scoreOf>>) => found.groups.map(({ evidence }) => evidence)
    const alone = evidenceOf(await scoreOf(copies))
    const beside = evidenceOf(await scoreOf([...copies, ...Array.from({ length: 40 }, (_, at) => form(at))]))
    expect(alone).toHaveLength(1)
    expect(beside).toHaveLength(1)
    expect(beside[0]!).toBeGreaterThanOrEqual(alone[0]!)
  })

  it('takes many groups of many sizes for what the set repeats, and far larger ones for floods', async () => {
    const repeated = Array.from({ length: 20 }, (_, group) =>
      Array<string>(group < 12 ? 10 + (group % 6) : 5 + (group % 5)).fill(`${words(12)} ${group}`),
    ).flat()
    expect((await scoreOf(repeated)).groups.filter(({ evidence }) => evidence > 3)).toEqual([])
    const flood = () => Array<string>(80).fill(words(20))
    const found = await scoreOf([...repeated, ...flood(), ...flood()])
    expect(found.groups.filter(({ evidence }) => evidence > 3).map(({ members }) => members.length)).toEqual([80, 80])
  })

  it('takes a flood in many parts for floods, where few smaller groups stand beside it', async () => {
    const parts = [5, 10, 10, 11, 12, 12, 13, 14, 15]
    const { groups } = await scoreOf(parts.flatMap((size, part) => Array<string>(size).fill(`${words(12)} ${part}`)))
    const large = groups.filter(({ members }) => members.length >= 10)
    expect(large.filter(({ evidence }) => evidence > 3).length).toBeGreaterThan(6)
  })
})
