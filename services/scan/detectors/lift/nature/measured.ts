import type { Samples } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'

/** A coordinate is measured where at least this share of the records have a value of their own in it. */
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
  const known = new Map<string, boolean>()
  return (token) => {
    const [name, ...others] = tokens.columns(token)
    const column = name === undefined ? undefined : columns.get(name)
    if (name === undefined || column?.type !== 'number' || others.length > 0) return false
    const { values } = column
    let isMeasured = known.get(name)
    if (isMeasured === undefined) known.set(name, (isMeasured = new Set(values).size >= OF_THEIR_OWN * values.length))
    const held = holders(token)
    return isMeasured && held.every((i) => values[i] === values[held[0]!])
  }
}
