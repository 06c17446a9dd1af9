import { Argument, Command } from 'commander'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

const HOW: Readonly<Record<Shell, string>> = {
  bash: 'source <(credence completion bash)',
  zsh: 'source <(credence completion zsh)',
  fish: 'credence completion fish | source',
}

/** `credence completion`: a shell's script that completes commands and options, made of the commands themselves. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print a script that has a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'whose script').choices(SHELLS))
    .addHelpText('after', `\n${SHELLS.map((shell) => `${shell.padEnd(5)} ${HOW[shell]}`).join('\n')}`)
    .action((shell: Shell) => void process.stdout.write(completionScript(program, shell)))
}

export function completionScript(program: Command, shell: Shell): string {
  const paths = [...walk(program, [])]
  return shell === 'fish' ? fishScript(paths) : bashScript(paths, shell)
}

interface Place {
  /** The words before: `['keys', 'rotate']`. */
  readonly path: readonly string[]
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly { readonly flag: string; readonly description: string }[]
}

function* walk(command: Command, path: readonly string[]): Generator<Place> {
  const commands = command.commands.map((child) => ({ name: child.name(), description: child.description() }))
  const options = command.options.flatMap(({ long, description }) => (long ? [{ flag: long, description }] : []))
  yield { path, commands, options: [...options, { flag: '--help', description: 'display help for command' }] }
  for (const child of command.commands) yield* walk(child, [...path, child.name()])
}

/** zsh runs the functions of bash, once it is told to. Where no word fits, files are completed. */
function bashScript(places: readonly Place[], shell: 'bash' | 'zsh'): string {
  const cases = places
    .toSorted((a, b) => b.path.length - a.path.length)
    .map(({ path, commands, options }) => {
      const words = [...commands.map(({ name }) => name), ...options.map(({ flag }) => flag)]
      return `    ' ${path.map((word) => `${word} `).join('')}'*) words='${words.join(' ')}' ;;`
    })
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_credence() {
  local typed=" \${COMP_WORDS[*]:1:COMP_CWORD-1} " current="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${typed/#  / }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _credence credence
`
}

function fishScript(places: readonly Place[]): string {
  const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
  return places
    .flatMap(({ path, commands, options }) => {
      const here = path.length === 0 ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.at(-1)}`
      return [
        ...commands.map(({ name, description }) => `-f -a ${name} -d ${quoted(description)}`),
        ...options.map(({ flag, description }) => `-l ${flag.slice(2)} -d ${quoted(description)}`),
      ].map((rest) => `complete -c credence -n ${quoted(here)} ${rest}\n`)
    })
    .join('')
}
