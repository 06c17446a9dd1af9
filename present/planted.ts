/** What is known of an attack that was planted, for a demonstration. */
export interface PlantedAttack {
  readonly dataset: string
  readonly name: string
  /** How it was made, in a sentence. */
  readonly definition: string
  readonly planted: number
  /** Held, rejected or dead-lettered. */
  readonly caught: number
}

export interface PlantedTruth {
  readonly attacks: readonly PlantedAttack[]
  /** Per dataset: records that nobody planted, and how many of them were held or rejected. */
  readonly innocents: readonly { readonly dataset: string; readonly records: number; readonly held: number }[]
}
