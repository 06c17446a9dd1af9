/** The right to read one shard, or to run a federation, for a limited time. */
export interface Lease {
  readonly source: string
  readonly shard: string
  readonly owner: string
  /** Grows with every change of owner, so that a paused reader with an older fence is refused. */
  readonly fence: number
}
