import { CommanderError } from 'commander'
import { describeFailure, EXIT, failureLine } from './exit.ts'
import { createProgram } from './program.ts'

// Who reads what is printed may have read enough, as `head` has: that is no failure to tell, and whom of?
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(EXIT.unread)
  })

try {
  await (await createProgram(process.argv[2])).parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage
  } else {
    process.stderr.write(failureLine(error))
    process.exitCode = describeFailure(error).exitCode
  }
}
