import { isAppError } from '#core/errors.ts'
import { visibleLines } from '#present/text.ts'

/**
 * 0 clean, 1 findings, 2 failure, 3 nothing to scan, or nothing that could be scanned; usage and configuration as in sysexits.h; 141 where
 * nobody read on, as SIGPIPE ends a program.
 */
export const EXIT = {
  clean: 0,
  findings: 1,
  failure: 2,
  nothing: 3,
  usage: 64,
  configuration: 78,
  unread: 141,
} as const

/** Where a command fails for a reason that has its own exit code. */
export class ExitError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ExitError'
    this.exitCode = exitCode
  }
}

/** The exit code of an error, and what a person is told: one message, no stack unless it is a defect of this program. */
export function describeFailure(error: unknown): { exitCode: number; message: string } {
  if (error instanceof ExitError) return { exitCode: error.exitCode, message: error.message }
  if (isAppError(error) && error.reason === 'configuration')
    return { exitCode: EXIT.configuration, message: error.message }
  if (isAppError(error)) {
    const stack = error.code === 'internal' ? `\n${error.stack ?? ''}` : ''
    return { exitCode: EXIT.failure, message: `${error.code}: ${error.message}${stack}` }
  }
  if (error instanceof Error) return { exitCode: EXIT.failure, message: `internal: ${error.stack ?? error.message}` }
  return { exitCode: EXIT.failure, message: 'internal: something that is not an error was thrown' }
}

/** What ended a command, as it is told on standard error. Names in it may come from hostile files. */
export function failureLine(error: unknown): string {
  return `credence: ${visibleLines(describeFailure(error).message)}\n`
}
