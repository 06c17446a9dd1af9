/** One line of `credence check`: what was looked at, how it stands, and what to do when it does not stand well. */
export interface CheckLine {
  /** What was looked at: `bucket training-data`, `permission s3:PutObject`. */
  readonly what: string
  /** `failed` keeps the pipeline from working, or is unsafe; `unknown` could not be found out. */
  readonly state: 'ok' | 'warn' | 'failed' | 'unknown'
  /** What was found, in one line. */
  readonly says: string
  /** What a person does about it. */
  readonly fix?: string | undefined
}
