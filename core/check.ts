/** One line of `credence check`: what was checked, its state, and what to do if the state is not `ok`. */
export interface CheckLine {
  /** What was checked: `bucket training-data`, `permission s3:PutObject`. */
  readonly what: string
  /** `failed`: it stops the pipeline or is unsafe. `unknown`: it could not be found out. */
  readonly state: 'ok' | 'warn' | 'failed' | 'unknown'
  /** What was found, in one line. */
  readonly says: string
  /** What a person can do about it. */
  readonly fix?: string | undefined
}
