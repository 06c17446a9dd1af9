/**
 * Attacks know windows by shape alone: these types are structural copies of what the scan takes, so that the pipeline
 * never learns that attacks exist.
 */
export interface Pixels {
  readonly rows: number
  readonly cols: number
  readonly data: Float32Array
}

export interface Images {
  readonly kind: 'image'
  readonly height: number
  readonly width: number
  readonly channels: number
  /** n × (height·width·channels), 0…1 in steps of 1/255, row-major, channels last. */
  readonly pixels: Pixels
}

export interface Texts {
  readonly kind: 'text'
  readonly texts: readonly string[]
}

export type Column =
  /** NaN is a missing value. */
  | { readonly name: string; readonly type: 'number'; readonly values: Float64Array }
  /** −1 is a missing value. */
  | { readonly name: string; readonly type: 'category'; readonly codes: Int32Array; readonly levels: readonly string[] }

export interface Table {
  readonly kind: 'table'
  readonly columns: readonly Column[]
}

export type AnySamples = Images | Texts | Table

/** An index into `names` per record. */
export interface Groups {
  readonly of: Int32Array
  readonly names: readonly string[]
  readonly counts: Int32Array
}

/** n labelled records, in order. */
export interface LabelledWindow<S extends AnySamples = AnySamples> {
  readonly samples: S
  readonly labels: Groups
  readonly contributors: Groups | null
}

export interface PoisonedWindow<S extends AnySamples = AnySamples> extends LabelledWindow<S> {
  /** 1 where the record was planted to do harm. */
  readonly poisoned: Uint8Array
  /** 1 where a record is neither poison nor innocent: cover records, the originals that a flood copies. */
  readonly neutral: Uint8Array
  /** The label the attack pushes toward, −1 where there is none. */
  readonly target: number
  /** What was done to this window, with its numbers. */
  readonly description: string
  /** The attack itself: its paper and parameters. */
  readonly definition: string
}

export interface AttackOptions {
  /** Share of the window's records that become poison, cover not counted. */
  readonly rate: number
  /** Decides target and trigger: the same in every window of one campaign. */
  readonly seed: number
  /** Which window of the campaign: decides only which records are struck. */
  readonly window?: number
  /**
   * The samples of the campaign's first window, where it has several: what a trigger takes from the data (a value of a column) is
   * taken from there. Where absent, from the window itself.
   */
  readonly first?: AnySamples
  /** Samples of another dataset, for attacks that plant foreign records. */
  readonly foreign?: AnySamples
}

export interface Attack<S extends AnySamples = AnySamples> {
  readonly name: string
  readonly definition: string
  /** What an ideal detector would report. */
  readonly family: 'trigger' | 'label' | 'outlier' | 'flood' | 'contributor'
  /** Whether poisoned records keep the label they came with. */
  readonly labels: 'kept' | 'changed'
  apply(window: LabelledWindow<S>, options: AttackOptions): PoisonedWindow<S>
}
