/** An answer that is an error, as Google's JSON APIs word them. */
export class HttpError extends Error {
  readonly status: number
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.status = status
    this.reason = reason
  }

  toJSON(): unknown {
    const { status, reason, message } = this
    return { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } }
  }
}
