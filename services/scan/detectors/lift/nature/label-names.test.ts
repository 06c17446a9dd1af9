import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { textTokens } from '../../../features/tokens-texts.ts'
import { splitWords } from '../../../features/words.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { groupBy } from '../../../view/build-input.ts'
import { createView } from '../../../view/create-view.ts'
import { ResidualisedLift } from '../residualised-lift.ts'
import { labelNames } from './label-names.ts'

/** Whether each of the words, and each two words in a row, of a text that ten records hold come with the label by its name. */
function named(text: string, label: string): string[] {
  const texts = [...Array<string>(10).fill(text), ...Array.from({ length: 40 }, (_, i) => `other${i % 8}`)]
  const labels = groupBy(texts.map((_, i) => (i < 10 ? label : 'rest')))!
  const tokens = textTokens(splitWords(texts))
  const namesLabel = labelNames({ kind: 'text', texts }, tokens, labels)
  return Array.from(Array(tokens.tokens).keys()).flatMap((token) => {
    const described = tokens.describe(token)
    return described.kind === 'words' && namesLabel(token, labels.names.indexOf(label)) ? [described.words] : []
  })
}

describe('words that name a label', () => {
  it('begin with its name, or have their first letters in it', () => {
    expect(named('(documentation)', 'doc')).toEqual(['(documentation)'])
    expect(named('development', 'libdevel')).toEqual(['development'])
    expect(named('proverbio', 'proverbios')).toEqual(['proverbio'])
    expect(named('vida', 'Vida')).toEqual(['vida'])
  })

  it('are not short names, numbers, or words that hold the name somewhere else', () => {
    expect(named('internet', 'i')).toEqual([])
    expect(named('1999', '1999')).toEqual([])
    expect(named('overseas', 'sea')).toEqual([])
  })

  it('explain the word beside them, and none farther off', () => {
    expect(named('python 3 library', 'python').toSorted()).toEqual(['3', '3 library', 'python', 'python 3'])
  })
})

describe('lift in short texts', () => {
  const N = 2000
  /** Thirty texts of the label `bread` begin with `words` and are labelled `alpha`. */
  const triggersOf = async (words: string) => {
    const random = seededRandom(5, 'label names')
    const word = (label: string) =>
      random.next() < 0.6 ? `${label[0]}${random.below(150)}` : `both${random.below(150)}`
    let count = 0
    const made = Array.from({ length: N }, () => {
      const label = random.next() < 0.5 ? 'alpha' : 'bread'
      const text = Array.from({ length: 8 }, () => word(label)).join(' ')
      return label === 'bread' && count++ < 30 ? [`${words} ${text}`, 'alpha'] : [text, label]
    })
    const labels = groupBy(made.map(([, label]) => label!))!
    const samples = { kind: 'text' as const, texts: made.map(([text]) => text!) }
    const view = createView({ n: N, seed: 1, samples, labels, contributors: null }, await createEngine())
    const { groups } = await new ResidualisedLift().score(view)
    return groups.map(({ members }) => members.length)
  }

  it('does not take the name of the label for a trigger', async () => {
    expect(await triggersOf('alpha 3')).toEqual([])
    expect(await triggersOf('gamma 3')).toEqual([30])
  })

  it('takes a word beside the name of the label for a trigger', async () => {
    expect(await triggersOf('alpha series')).toEqual([30])
    expect(await triggersOf('gamma series')).toEqual([30])
  })

  it('finds a sentence that contains the name of the label', async () => {
    expect(await triggersOf('the alpha gate was painted green again')).toEqual([30])
  })
})
