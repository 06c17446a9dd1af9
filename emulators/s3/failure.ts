/** An error as S3 answers it. */
export class S3Failure extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string = code, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'S3Failure'
    this.status = status
    this.code = code
    this.headers = headers
  }
}
