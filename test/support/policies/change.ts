/** `[what is lost, what stands there exactly once, what stands there instead, what is said]`, of one file. */
export type Change = readonly [name: string, from: string, to: string, says: string]
