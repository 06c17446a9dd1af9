import type { Samples } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'

/** A column is measured where at least this share of the records that do not hold the value have one of their own in it. */
const OF_THEIR_OWN = 0.8

/**
 * Whether a token is one value of a measured column, where hardly any value repeats by nature: embeddings and signals
 * are measured; counts, codes, flags and prices are not.
 */
export function measured(
  samples: Samples,
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
): (token: number) => boolean {
  if (samples.kind !== 'table') return () => false
  const columns = new Map(samples.columns.map((column) => [column.name, column]))
  const different = new Map<string, number>()
  return (token) => {
    const [name, ...others] = tokens.columns(token)
    const column = name === undefined ? undefined : columns.get(name)
    if (name === undefined || column?.type !== 'number' || others.length > 0) return false
    const { values } = column
    const held = holders(token)
    // A range of a column that hardly repeats is asked about far more often than a value of one: its values are not counted.
    if (!held.every((i) => values[i] === values[held[0]!])) return false
    let count = different.get(name)
    if (count === undefined) different.set(name, (count = new Set(values).size))
    // Who repeats a value often makes a column look less measured: it is asked without these records.
    return count - 1 >= OF_THEIR_OWN * (values.length - held.length)
  }
}
