import type { ExchangeForm } from '#core/contract.ts'
import { textOfExchange, type Exchange } from '#core/exchange.ts'
import type { Matrix } from '../numeric/matrix.ts'

/** A window's samples, by kind: features are made from these. */
export type Samples = ImageSamples | TextSamples | TableSamples | VectorSamples | ExchangeSamples

export interface ImageSamples {
  readonly kind: 'image'
  readonly height: number
  readonly width: number
  readonly channels: number
  /** n × (height·width·channels), scaled to 0…1, row-major, channels last. */
  readonly pixels: Matrix
}

export interface TextSamples {
  readonly kind: 'text'
  readonly texts: readonly string[]
}

export interface TableSamples {
  readonly kind: 'table'
  readonly columns: readonly TableColumn[]
}

/** The level that rare values share: a value that occurs once would teach nothing as a level of its own. */
export const RARE_LEVEL = '(rare)'

export type TableColumn = NumberColumn | CategoryColumn

export interface NumberColumn {
  readonly name: string
  readonly type: 'number'
  /** NaN is a missing value. */
  readonly values: Float64Array
  /** false for times, and for lengths of texts; any other column of numbers may hold amounts. */
  readonly isAmount?: boolean
}

export interface CategoryColumn {
  readonly name: string
  readonly type: 'category'
  /** −1 is a missing value. */
  readonly codes: Int32Array
  readonly levels: readonly string[]
  /**
   * A code for each different value, those that share a level too; absent where `codes` are that already, or where it
   * is not known.
   */
  readonly values?: Int32Array
  /** What each of these numbers stands for, in any window: the numbers are this window's own. */
  readonly texts?: readonly string[]
}

export interface VectorSamples {
  readonly kind: 'vector'
  readonly vectors: Matrix
}

/** Prompts and responses. Detectors of texts read each exchange as the text of everything said in it. */
export interface ExchangeSamples {
  readonly kind: 'exchange'
  readonly form: ExchangeForm
  readonly exchanges: readonly Exchange[]
}

/** One text a record; null where the samples are no texts. */
export function textsOf(samples: Samples): readonly string[] | null {
  if (samples.kind === 'text') return samples.texts
  return samples.kind === 'exchange' ? samples.exchanges.map(textOfExchange) : null
}

/** A label or a contributor per record: an index into `names`, −1 where there is none. */
export interface Grouping {
  readonly of: Int32Array
  readonly names: readonly string[]
  /** How many records each name has. */
  readonly counts: Int32Array
}

/** The labels without those of the records for which `isLeftOut` is true. Counts stay. */
export function withoutLabels(labels: Grouping, isLeftOut: (i: number) => boolean): Grouping {
  return { ...labels, of: labels.of.map((label, i) => (isLeftOut(i) ? -1 : label)) }
}

/** The outputs of the user's own model for each record, in place of the probe's. */
export interface ModelOutputs {
  /** n × h, the last hidden layer. */
  readonly activations?: Matrix
  /** n × K, in the order of the labels' names. */
  readonly probabilities?: Matrix
  /** n */
  readonly losses?: Float64Array
}

/** Records of other windows, with the labels that they were admitted under. */
export interface Reference {
  readonly samples: Samples
  readonly labels: Grouping
}

/** One window as the scan receives it: n records, in order. */
export interface ScanInput {
  readonly n: number
  readonly seed: number
  readonly samples: Samples
  readonly labels: Grouping | null
  readonly contributors: Grouping | null
  readonly model?: ModelOutputs
  /** Records of other windows from which this window's labels are predicted as well. */
  readonly reference?: Reference
}
