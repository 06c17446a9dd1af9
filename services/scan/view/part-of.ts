import { gatherRows } from '../numeric/matrix.ts'
import type { Grouping, ModelOutputs, Samples, ScanInput } from './samples.ts'

/** Some of a window's records as a window of their own, in the order of `records`. Names of labels and contributors stay. */
export function partOf(input: ScanInput, records: Int32Array): ScanInput {
  const { seed, samples, labels, contributors, model, reference } = input
  return {
    n: records.length,
    seed,
    samples: samplesOf(samples, records),
    labels: labels && groupingOf(labels, records),
    contributors: contributors && groupingOf(contributors, records),
    ...(model !== undefined && { model: outputsOf(model, records) }),
    ...(reference !== undefined && { reference }),
  }
}

function samplesOf(samples: Samples, records: Int32Array): Samples {
  const some = <T>(of: readonly T[]) => Array.from(records, (i) => of[i]!)
  switch (samples.kind) {
    case 'image':
      return { ...samples, pixels: gatherRows(samples.pixels, records) }
    case 'vector':
      return { kind: 'vector', vectors: gatherRows(samples.vectors, records) }
    case 'text':
      return { kind: 'text', texts: some(samples.texts) }
    case 'exchange':
      return { ...samples, exchanges: some(samples.exchanges) }
    case 'table':
      return {
        kind: 'table',
        columns: samples.columns.map((column) =>
          column.type === 'number'
            ? { ...column, values: Float64Array.from(records, (i) => column.values[i]!) }
            : {
                ...column,
                codes: records.map((i) => column.codes[i]!),
                ...(column.values && { values: records.map((i) => column.values![i]!) }),
              },
        ),
      }
  }
}

function groupingOf({ of, names }: Grouping, records: Int32Array): Grouping {
  const counts = new Int32Array(names.length)
  const some = records.map((i) => of[i]!)
  for (const name of some) if (name >= 0) counts[name]!++
  return { of: some, names, counts }
}

function outputsOf({ activations, probabilities, losses }: ModelOutputs, records: Int32Array): ModelOutputs {
  return {
    ...(activations !== undefined && { activations: gatherRows(activations, records) }),
    ...(probabilities !== undefined && { probabilities: gatherRows(probabilities, records) }),
    ...(losses !== undefined && { losses: Float64Array.from(records, (i) => losses[i]!) }),
  }
}
