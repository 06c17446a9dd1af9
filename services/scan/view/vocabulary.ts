import { splitWords, type Vocabulary } from '../features/words.ts'
import { textsOf, type Samples } from './samples.ts'

const known = new WeakMap<Samples, Vocabulary>()

/** The words of a window's texts, split once for all readers; empty for samples that are no texts. */
export function vocabularyOf(samples: Samples): Vocabulary {
  const before = known.get(samples)
  if (before !== undefined) return before
  const vocabulary = splitWords(textsOf(samples) ?? [])
  known.set(samples, vocabulary)
  return vocabulary
}
