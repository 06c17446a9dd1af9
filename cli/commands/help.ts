import { Command } from 'commander'
import { isTopic, TOPICS } from '../print/topics.ts'

/** `credence help`: a command's help, a topic's, or both lists. Fails as other usage errors do when it knows neither. */
export function helpCommand(program: Command): Command {
  const topics = Object.entries(TOPICS).map(([name, { about }]) => `  ${name.padEnd(16)}${about}`)
  const list = `\nTopics (credence help <topic>):\n${topics.join('\n')}`
  program.addHelpText('after', list)
  return new Command('help')
    .description('explain a command or a topic')
    .argument('[words...]', 'a command such as `keys rotate`, or a topic')
    .addHelpText('after', list)
    .action((words: readonly string[], _options: unknown, own: Command) => {
      const [word = ''] = words
      if (words.length === 1 && isTopic(word)) {
        process.stdout.write(`${TOPICS[word].text}\n`)
        return
      }
      let found: Command | undefined = program
      for (const name of words) found = found?.commands.find((command) => command.name() === name)
      if (found === undefined)
        own.error(`error: no command or topic '${words.join(' ')}': \`credence help\` lists them`)
      found.outputHelp()
    })
}
