import { createInterface } from 'node:readline/promises'
import { EXIT, ExitError } from '../exit.ts'

/** Asks the person at the terminal, where there is one. Throws a usage error where there is none: `--yes` says it there. */
export async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new ExitError(EXIT.usage, 'nobody is there to ask: say --yes, or --dry-run to look first')
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim())
  } finally {
    prompt.close()
  }
}
