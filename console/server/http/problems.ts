import type { z } from 'zod'
import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
import type { Problem } from '#console/api/common.ts'

/** Where the code alone does not say it: what the reason makes of the status. */
const BY_REASON: Readonly<Record<string, number>> = {
  not_signed_in: 401,
  stale: 412,
  if_match_missing: 428,
  wrong_method: 405,
  wrong_host: 421,
  wrong_type: 415,
  too_large: 413,
}

const BY_CODE: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  denied: 403,
  not_found: 404,
  conflict: 409,
  throttled: 429,
  corrupt: 500,
  internal: 500,
  unavailable: 503,
}

const TITLES: Readonly<Record<ErrorCode, string>> = {
  invalid: 'The request is wrong',
  denied: 'Not permitted',
  not_found: 'Not found',
  conflict: 'Somebody else was first',
  throttled: 'Too many requests',
  corrupt: 'What is stored does not verify',
  internal: 'A defect of this program',
  unavailable: 'Something that is needed does not answer',
}

function statusOf({ code, reason }: Pick<AppError, 'code' | 'reason'>): number {
  return BY_REASON[reason ?? ''] ?? BY_CODE[code]
}

/** An error as people and programs are told of it. Only our own messages are known to quote nothing: another's is left out. */
function problemOf(error: unknown): Problem {
  const { code, reason, message } = isAppError(error) ? error : new AppError('internal', 'something went wrong here')
  return {
    type: `https://credence.dev/problems/${reason ?? code}`,
    title: TITLES[code],
    status: statusOf({ code, reason }),
    detail: code === 'internal' ? 'Something went wrong here: the log of the console says what.' : message,
    code,
    reason: reason ?? null,
    ...(error instanceof RefusedInput && { problems: error.problems.map((problem) => ({ ...problem })) }),
  }
}

export function problemResponse(error: unknown, headers?: Readonly<Record<string, string>>): Response {
  const problem = problemOf(error)
  return new Response(`${JSON.stringify(problem)}\n`, {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  })
}

/** A request that its schema refuses, with each thing that is wrong. */
class RefusedInput extends AppError {
  readonly problems: NonNullable<Problem['problems']>

  constructor(what: string, problems: NonNullable<Problem['problems']>, reason: string) {
    const [first] = problems
    super('invalid', `${what}: ${first?.path ?? ''} ${first?.message ?? ''}`.trim(), { reason })
    this.problems = problems
  }
}

/** What a schema makes of input. Throws `invalid` (`request`) with each thing that is wrong; values are not quoted. */
export function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown, where: string): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, 20).map(({ path, code, message }) => ({
    path: path.map(String).join('.').slice(0, 200),
    message: code === 'unrecognized_keys' ? 'there is no such key' : message.slice(0, 300),
  }))
  throw new RefusedInput(`${where} is not what this route takes`, problems, 'request')
}

/** `invalid`, with each thing that is wrong; at most twenty are told. */
export function refusedInput(what: string, problems: NonNullable<Problem['problems']>, reason: string): AppError {
  const told = problems.slice(0, 20).map(({ path, message }) => ({
    path: path.slice(0, 200),
    message: message.slice(0, 300),
  }))
  return new RefusedInput(what, told, reason)
}
