import { Command, CommanderError } from 'commander'
import { createProgram } from '#cli/program.ts'

/**
 * Why the command line would refuse these words, or null: they go through its own parser, and nothing is run. Words are split as a shell
 * does it, with quotes; a variable counts as one word.
 */
export async function refusalOf(line: string): Promise<string | null> {
  const [name, ...words] = wordsOf(line)
  if (name !== 'credence') return `${line}: not a command of credence`
  const program = await createProgram(words[0])
  let said = ''
  quiet(program, (text) => (said += text))
  try {
    await program.parseAsync(words, { from: 'user' })
    return null
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return null
    // What stands for a value of the reader's cannot have its form.
    if (/argument '\$\w+' is invalid/.test(said)) return null
    return `${line}: ${said.split('\n')[0] || String(error)}`
  }
}

/**
 * Why a command that a sentence names is none, or null. Arguments may be left out, and what stands in angle brackets is the reader's; a command,
 * an option or a choice that is not there is refused.
 */
export async function refusalOfMention(span: string): Promise<string | null> {
  const says = await refusalOf(span.replaceAll(/<[^>]+>/g, '$yours').replaceAll('…', '$yours'))
  return says !== null && /missing required argument|required option|argument missing/.test(says) ? null : says
}

/** Every command parses as it does, and does nothing. */
function quiet(command: Command, say: (text: string) => void): void {
  command.exitOverride().configureOutput({ writeErr: say, writeOut: () => {} })
  if (command.commands.length === 0) command.action(() => {})
  for (const child of command.commands) quiet(child, say)
}

/** The words of a command line, without what a shell does besides: pipes, redirections and comments end it. */
export function wordsOf(line: string): string[] {
  const words: string[] = []
  for (const [token, single, double] of line.matchAll(/'([^']*)'|"([^"]*)"|[^\s'"]+/g)) {
    if (/^(?:[|<>#;]|&&|2>)/.test(token)) break
    words.push(single ?? double ?? token)
  }
  return words
}
