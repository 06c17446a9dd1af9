import type { Engine } from '../numeric/engine.ts'
import type { Matrix } from '../numeric/matrix.ts'
import type { Grouping, Samples } from './samples.ts'

/**
 * A window's view for detectors. Everything expensive is computed once, on first use, and shared: two detectors that
 * ask for the neighbours get the same ones.
 */
export interface WindowView {
  readonly n: number
  readonly seed: number
  readonly samples: Samples
  /** n texts where the samples are texts or exchanges; otherwise null. */
  texts(): readonly string[] | null
  readonly labels: Grouping | null
  readonly contributors: Grouping | null
  readonly engine: Engine
  /** n × d: what the probe is trained on. Pixels centred; columns standardised, clipped, one-hot; hashed tf-idf; vectors. */
  inputs(): Promise<Matrix>
  /** n × ≤100: principal axes of the inputs (ranks for tables, normalised latent semantics for texts); for distances. */
  reduced(): Promise<Matrix>
  /** The 60 nearest other records in `reduced`, nearest first; in large windows and quick scans a few are missed. */
  neighbours(): Promise<Neighbours>
  /** The discrete parts of records that could be a trigger. Null where the samples have none. */
  tokens(): Promise<TokenMatrix | null>
  /** The probe, trained on this window's labels. Throws `invalid` without labels. */
  probe(): Promise<Probe>
  /**
   * n × K: the expected label of each record, predicted without its own label by the predictor that planted records
   * change least.
   */
  expected(): Promise<Expectation>
  /**
   * n × K: the expected label by all predictors together, and by a column that determines it, where there is one. It is
   * sharper than `expected`, for judging labels. It is not for lift: these predictors learn a frequent trigger as if it
   * were content.
   */
  consensus(): Promise<Expectation>
  /**
   * n × K, both: what the cross-fitted probe and all predictors together expect that learn from these labels alone. They
   * have learnt nothing from a record without one, and are asked about it nevertheless. Not kept.
   */
  expectedBy(labels: Grouping): Promise<{ readonly outOfFold: Matrix; readonly consensus: Matrix }>
  /** The column of a table that determines labels; null without one, and without a table. Throws `invalid` without labels. */
  teller(): Teller | null
}

export interface Neighbours {
  readonly k: number
  /** n × k indices. */
  readonly index: Int32Array
  /** n × k Euclidean distances. */
  readonly distance: Float32Array
}

/** A sparse n × T incidence (CSR): record i holds the tokens `ids[offsets[i] … offsets[i+1])`, ascending, once each. */
export interface TokenMatrix {
  readonly tokens: number
  readonly offsets: Int32Array
  readonly ids: Int32Array
  /** By token: its kind. Kinds are tested separately, each corrected for how many of its tokens were tried. */
  readonly kindOf: Uint8Array
  readonly kinds: readonly string[]
  /** The records that hold the token, ascending. */
  readonly holders: (id: number) => Int32Array
  /** The columns of a table whose values the token has; one list for all tokens of one kind and these columns. */
  columns(id: number): readonly string[]
  /** The token for a person, and as part of a trigger. */
  describe(id: number): TokenDescription
}

export type TokenDescription =
  | {
      readonly kind: 'pixels'
      readonly pixels: readonly { y: number; x: number; value: number }[]
      readonly anywhere: boolean
    }
  | { readonly kind: 'words'; readonly words: string }
  /** How a text is typed, such as “two blanks between words”. */
  | { readonly kind: 'typing'; readonly property: string }
  | { readonly kind: 'values'; readonly values: readonly { column: string; value: string }[] }

/** Training dynamics and the last layers of the probe, or of the user's model where it supplies them. */
export interface Probe {
  /** n × h, after the last hidden non-linearity. */
  readonly activations: Matrix
  /** n × K, softmax of the final epoch. */
  readonly probabilities: Matrix
  /** n × epochs: cross-entropy against the given label in each epoch, before the record is learnt from. */
  readonly losses: Matrix
  /** n: area under the margin (Pleiss et al. 2020), averaged over epochs; lower is more suspicious. */
  readonly margin: Float64Array
  /**
   * n × K: cross-fitted probabilities, by 3 folds, or 2 where records of other windows teach as well: no record is
   * judged by a network that saw its label.
   */
  readonly outOfFold: Matrix
}

export interface Expectation {
  /** n × K, rows sum to 1. */
  readonly probabilities: Matrix
  /** Which predictor it came from. */
  readonly predictor: 'neighbours' | 'probe' | 'model' | 'blend' | 'column'
  /**
   * Mean log-loss on the nine tenths that are explained best, in nats; lift can be trusted only where this is small.
   */
  readonly bulkLoss: number
  /** The same of the class prior: the loss of a predictor that explains nothing. */
  readonly priorLoss: number
}

/** A column whose values determine labels, and what they tell of them. */
export interface Teller {
  readonly column: string
  /** n: the code of each record's value; `silent` where no other holder is asked. */
  readonly values: Int32Array
  readonly silent: number
  /** The weight of the class prior beside a value's holders, in records, and the prior. */
  readonly doubt: number
  readonly prior: Float64Array
  /** n × K: the label by the value's other holders. */
  readonly told: Matrix
}
