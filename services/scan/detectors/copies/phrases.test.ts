import { describe, expect, it } from 'vitest'
import { recurringPhrases } from './phrases.ts'

const PHRASES = [
  'Okay.',
  'What?',
  'Hey!',
  'Yeah.',
  'Thank you.',
  'Oh my God!',
  'I don’t know.',
  'Why not?',
  'Bye!',
  'Huh.',
]
const LONG = 'this offer ends on friday so write to us before it is gone for good'

/** Texts that recur `times[k]` times each, and their groups; labels are drawn by `labelOf`. */
function talk(
  times: readonly number[],
  named = PHRASES,
  labelOf: (at: number, phrase: number) => number = (at) => at % 2,
) {
  const texts: string[] = []
  const of: number[] = []
  const groups = times.map((count, phrase) =>
    Int32Array.from({ length: count }, () => {
      of.push(labelOf(texts.length, phrase))
      return texts.push(named[phrase]!) - 1
    }),
  )
  const counts = Int32Array.from([0, 1], (label) => of.filter((one) => one === label).length)
  return { texts, groups, labels: { of: Int32Array.from(of), names: ['ham', 'spam'], counts } }
}

const TIMES = [52, 36, 22, 20, 14, 12, 9, 6, 4, 3]

describe('phrases that recur', () => {
  it('are natural where many do, with labels and without', () => {
    const { texts, groups, labels } = talk(TIMES)
    expect(recurringPhrases(texts, groups, labels).size).toBe(10)
    expect(recurringPhrases(texts, groups, null).size).toBe(10)
  })

  it('are none where few do', () => {
    const { texts, groups, labels } = talk(TIMES.slice(0, 5))
    expect(recurringPhrases(texts, groups, labels).size).toBe(0)
  })

  it('leave out texts of more words', () => {
    const { texts, groups, labels } = talk([60, ...TIMES.slice(1)], [LONG, ...PHRASES.slice(1)])
    expect([...recurringPhrases(texts, groups, labels)]).not.toContain(groups[0])
    const unspaced = talk(
      [60, ...TIMES.slice(1)],
      ['本活动将于星期五结束请在结束之前写信给我们'.repeat(2), ...PHRASES.slice(1)],
    )
    expect([...recurringPhrases(unspaced.texts, unspaced.groups, null)]).not.toContain(unspaced.groups[0])
  })

  it('leave out one whose records bear one label, where those of others do not', () => {
    const { texts, groups, labels } = talk(TIMES, PHRASES, (at, phrase) => (phrase === 0 ? 1 : at % 2))
    const found = recurringPhrases(texts, groups, labels)
    expect([found.has(groups[0]!), found.size]).toEqual([false, 9])
  })

  it('are none that are said far more often than all others, with labels and without', () => {
    const fillers = [3, 3, 3, 3, 3, 4, 4, 4, 5]
    const { texts, groups, labels } = talk([60, ...fillers], PHRASES, (at, phrase) => (phrase === 0 ? 1 : at % 2))
    for (const known of [labels, null]) {
      const found = recurringPhrases(texts, groups, known)
      expect([found.has(groups[0]!), found.size]).toEqual([false, 9])
    }
  })

  it('leave out one that no record of is labelled, where those of others are', () => {
    const { texts, groups, labels } = talk(TIMES)
    const of = labels.of.map((label, i) => (groups[0]!.includes(i) ? -1 : label))
    const counts = labels.counts.map((_, label) => of.filter((one) => one === label).length)
    expect(recurringPhrases(texts, groups, { ...labels, of, counts }).has(groups[0]!)).toBe(false)
  })

  it('are no addresses and no sentences of scripts without spaces', () => {
    for (const text of ['https://bit.ly/xYzAbc', '本活动将于星期五结束请在结束之前写信']) {
      const { texts, groups } = talk(TIMES, [text, ...PHRASES.slice(1)])
      expect(recurringPhrases(texts, groups, null).has(groups[0]!)).toBe(false)
    }
  })

  it('have labels of their own where most do, as intents have', () => {
    const { texts, groups, labels } = talk(TIMES, PHRASES, (_, phrase) => phrase % 2)
    expect(recurringPhrases(texts, groups, labels).size).toBe(10)
  })
})
