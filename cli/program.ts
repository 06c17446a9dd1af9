import { Command } from 'commander'
import { completionCommand } from './commands/completion.ts'
import { helpCommand } from './commands/help.ts'
import { BUILD, VERSION } from '#app/version.ts'

/** Each command by its name, in the order of the help. What a command does not need is not read: that takes longer than many of them do. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./commands/demo.ts')).demoCommand(),
  init: async () => (await import('./commands/init.ts')).initCommand(),
  lint: async () => (await import('./commands/lint.ts')).lintCommand(),
  check: async () => (await import('./commands/check.ts')).checkCommand(),
  'dry-run': async () => (await import('./commands/dry-run.ts')).dryRunCommand(),
  run: async () => (await import('./commands/run.ts')).runCommand(),
  scan: async () => (await import('./commands/scan.ts')).scanCommand(),
  explain: async () => (await import('./commands/explain.ts')).explainCommand(),
  quarantine: async () => (await import('./commands/quarantine.ts')).quarantineCommand(),
  recall: async () => (await import('./commands/recall.ts')).recallCommand(),
  rescan: async () => (await import('./commands/rescan.ts')).rescanCommand(),
  memory: async () => (await import('./commands/memory.ts')).memoryCommand(),
  console: async () => (await import('./commands/console.ts')).consoleCommand(),
  deadletter: async () => (await import('./commands/deadletter.ts')).deadletterCommand(),
  export: async () => (await import('./commands/export.ts')).exportCommand(),
  keys: async () => (await import('./commands/keys.ts')).keysCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  audit: async () => (await import('./commands/audit.ts')).auditCommand(),
  federate: async () => (await import('./commands/federate.ts')).federateCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  'plan-capacity': async () => (await import('./commands/plan-capacity.ts')).planCapacityCommand(),
  playbook: async () => (await import('./commands/playbook.ts')).playbookCommand(),
  ingest: async () => (await import('./commands/services.ts')).serviceCommand('ingest'),
  encrypt: async () => (await import('./commands/services.ts')).serviceCommand('encrypt'),
  sweep: async () => (await import('./commands/services.ts')).serviceCommand('sweep'),
  serve: async () => (await import('./commands/services.ts')).serviceCommand('serve'),
}

/**
 * The program for a command line whose first word this is: with that command alone where it is one, otherwise with all of them, for what
 * lists them. It throws commander's errors instead of ending the process.
 */
export async function createProgram(word?: string): Promise<Command> {
  const program = new Command('credence')
    .description(
      'Validates, sanitizes and scores training data for poisoning; encrypts what it admits, holds the rest for review.',
    )
    .version(`${VERSION} (build ${BUILD}, WebAssembly engine, Node.js ${process.versions.node})`)
    .showHelpAfterError('(credence help [command] shows what there is)')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
  if (word === '--version' || word === '-V') return program
  if (word !== undefined && Object.hasOwn(COMMANDS, word)) {
    add(program, await COMMANDS[word]!())
    return program
  }
  for (const command of await Promise.all(Object.values(COMMANDS).map((load) => load()))) add(program, command)
  add(program, completionCommand(program))
  add(program, helpCommand(program))
  return program
}

/** Usage errors of a subcommand come back to the program too, instead of ending the process. */
function add(program: Command, command: Command): void {
  command.copyInheritedSettings(program)
  for (const child of command.commands) child.copyInheritedSettings(program)
  program.addCommand(command)
}
