/** The right to read one shard, or to lead a federation, for a while. */
export interface Lease {
  readonly source: string
  readonly shard: string
  readonly owner: string
  /** Grows with every change of owner; what a paused reader still believes in is refused by it. */
  readonly fence: number
}
