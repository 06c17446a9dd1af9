import { CommanderError } from 'commander'
import { failureLine } from './commands/common.ts'
import { describeFailure, EXIT } from './exit.ts'
import { createProgram } from './program.ts'

try {
  await createProgram().parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage
  } else {
    process.stderr.write(failureLine(error))
    process.exitCode = describeFailure(error).exitCode
  }
}
