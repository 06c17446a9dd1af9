/** Families of suspicion. Each is calibrated separately and they are never averaged: the strongest determines the risk. */
export const FAMILIES = ['trigger', 'label', 'outlier', 'flood', 'contributor', 'drift'] as const
export type Family = (typeof FAMILIES)[number]

/** One reason to doubt one record. `score` is the family's calibrated score, 0 to 1; `why` is a sentence for a person. */
export interface Issue {
  readonly family: Family
  readonly score: number
  readonly why: string
  /** Names of the detectors that speak against it, strongest first; absent in scans made before the names were stored. */
  readonly by?: readonly string[]
}

/** What the members of a campaign share, in a form that can be displayed. */
export type Trigger =
  | { readonly kind: 'patch'; readonly shape: readonly number[]; readonly pixels: readonly TriggerPixel[] }
  /** A pattern spread over the whole image: mean difference to the class, −1…1, row-major. */
  | { readonly kind: 'pattern'; readonly shape: readonly number[]; readonly delta: readonly number[] }
  /** `behaviour`: for exchanges, what the response contains if the prompt contains the tokens. */
  | { readonly kind: 'tokens'; readonly tokens: readonly string[]; readonly behaviour?: readonly string[] }
  | { readonly kind: 'values'; readonly values: readonly { readonly column: string; readonly value: string }[] }
  | { readonly kind: 'direction'; readonly dimensions: readonly number[] }

export interface TriggerPixel {
  readonly y: number
  readonly x: number
  /** 0 black … 1 white */
  readonly value: number
}

/** What to do about a campaign: a closed list, most useful first. */
export const MITIGATIONS = [
  'quarantine_records',
  'relabel',
  'drop_contributor',
  'retrain_without',
  'rotate_source_credentials',
  'deduplicate',
  'collect_more',
  'inspect_upstream',
] as const
export type Mitigation = (typeof MITIGATIONS)[number]

/** A group of flagged records that share a cause: one trigger, one contributor, one target label. */
export interface Campaign {
  /** Stable within a window: family, target label and a digest of the trigger. */
  readonly id: string
  readonly family: Family
  /** One sentence: what was found, on how many records, toward which label. */
  readonly summary: string
  readonly label?: string
  readonly trigger?: Trigger
  /**
   * Hashes of the content that the members share: further records of the campaign are recognised by them. Absent if the trigger
   * suffices, or the members share nothing.
   */
  readonly likeness?: readonly number[]
  /** Indices of the member records within the window, ascending. */
  readonly members: readonly number[]
  readonly contributors: readonly { readonly name: string; readonly members: number; readonly records: number }[]
  /** Log-likelihood ratio of the group's evidence, corrected for the number of groups that were tried. */
  readonly evidence: number
  readonly mitigations: readonly Mitigation[]
}

/** Records of a cause that people called harmless: their risk is lowered for it, except for the controls among them. */
export interface Spared {
  /** The id of the cause, in the memory that the window was judged with. */
  readonly cause: string
  readonly members: readonly number[]
}

export interface DetectorInfo {
  readonly name: string
  readonly family: Family
  readonly version: number
}

/**
 * How thoroughly a window is scanned. `full`: by every detector. `quick`: by the detectors that find the most for their cost,
 * and by every detector if these suspect anything.
 */
export const EFFORTS = ['full', 'quick'] as const
export type Effort = (typeof EFFORTS)[number]

/** The result of scanning one window of n records. Indices are positions within the window. */
export interface ScanResult {
  /** n calibrated risks, 0 to 1. */
  readonly risk: Float64Array
  /** Per record: the families that speak against it, strongest first; empty for most. */
  readonly issues: readonly (readonly Issue[])[]
  readonly campaigns: readonly Campaign[]
  /** n × 2: a picture of the window, the first two principal axes of the features that the probe learned. */
  readonly map: Float32Array
  readonly detectors: readonly DetectorInfo[]
  /** False if a relative channel has no clean history of this dataset to calibrate against. */
  readonly certified: boolean
  /** Present if the window was scanned quickly and nothing in it was suspected. */
  readonly effort?: 'quick'
  /** Absent if nothing is spared. */
  readonly spared?: readonly Spared[]
  /** What the reader should know: no labels, too few records for a channel, natural sub-clusters that were not reported. */
  readonly notes: readonly string[]
}
