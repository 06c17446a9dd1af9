/** Families of suspicion, calibrated separately and never averaged: risk is driven by the strongest. */
export const FAMILIES = ['trigger', 'label', 'outlier', 'flood', 'contributor', 'drift'] as const
export type Family = (typeof FAMILIES)[number]

/** One reason to doubt one record. `score` is the family's calibrated score, 0 to 1; `why` is a sentence for a person. */
export interface Issue {
  readonly family: Family
  readonly score: number
  readonly why: string
  /** Names of the detectors that speak against it, the loudest first; absent in what was scanned before they were kept. */
  readonly by?: readonly string[]
}

/** What the members of a campaign share, in a form that can be drawn. */
export type Trigger =
  | { readonly kind: 'patch'; readonly shape: readonly number[]; readonly pixels: readonly TriggerPixel[] }
  /** A pattern spread over the whole image: mean difference to the class, −1…1, row-major. */
  | { readonly kind: 'pattern'; readonly shape: readonly number[]; readonly delta: readonly number[] }
  /** `behaviour`: of an exchange, what the response holds where the prompt holds the tokens. */
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
  /** Hashes of what the members' content has in common, by which the next of their kind are known; absent where a trigger tells, or nothing does. */
  readonly likeness?: readonly number[]
  /** Indices of the member records within the window, ascending. */
  readonly members: readonly number[]
  readonly contributors: readonly { readonly name: string; readonly members: number; readonly records: number }[]
  /** Log-likelihood ratio of the group's evidence after the correction for how many were tried. */
  readonly evidence: number
  readonly mitigations: readonly Mitigation[]
}

/** Records of a cause that people called harmless: they have little risk for that, but for the controls among them. */
export interface Spared {
  /** Of the memory that the window was judged with. */
  readonly cause: string
  readonly members: readonly number[]
}

export interface DetectorInfo {
  readonly name: string
  readonly family: Family
  readonly version: number
}

/**
 * How thoroughly a window is scanned: by every detector; or by those that tell most for their cost, and by every one where
 * these suspect anything.
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
  /** n × 2, the window as a picture: the first two principal axes of the features the probe learned. */
  readonly map: Float32Array
  readonly detectors: readonly DetectorInfo[]
  /** False while a relative channel has no clean history of this dataset to calibrate against. */
  readonly certified: boolean
  /** Set where the window was scanned quickly, and nothing in it was suspected. */
  readonly effort?: 'quick'
  /** Absent where nothing is spared. */
  readonly spared?: readonly Spared[]
  /** What the reader should know: no labels, too few records for a channel, natural sub-clusters left alone. */
  readonly notes: readonly string[]
}
