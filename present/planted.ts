/** The facts of an attack that was planted for a demonstration. */
export interface PlantedAttack {
  readonly dataset: string
  readonly name: string
  /** How it was made, in one sentence. */
  readonly definition: string
  readonly planted: number
  /** How many of its records were held, rejected or dead-lettered. */
  readonly caught: number
}

export interface PlantedTruth {
  readonly attacks: readonly PlantedAttack[]
  /** For each dataset, the number of records that were not planted, and how many of them were held or rejected. */
  readonly innocents: readonly { readonly dataset: string; readonly records: number; readonly held: number }[]
}
