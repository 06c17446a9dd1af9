import { Command } from 'commander'
import { auditCommand } from './commands/audit.ts'
import { checkCommand } from './commands/check.ts'
import { completionCommand } from './commands/completion.ts'
import { consoleCommand } from './commands/console.ts'
import { deadletterCommand } from './commands/deadletter.ts'
import { demoCommand } from './commands/demo.ts'
import { dryRunCommand } from './commands/dry-run.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { federateCommand } from './commands/federate.ts'
import { helpCommand } from './commands/help.ts'
import { initCommand } from './commands/init.ts'
import { keysCommand } from './commands/keys.ts'
import { lintCommand } from './commands/lint.ts'
import { playbookCommand } from './commands/playbook.ts'
import { planCapacityCommand } from './commands/plan-capacity.ts'
import { memoryCommand } from './commands/memory.ts'
import { quarantineCommand } from './commands/quarantine.ts'
import { recallCommand } from './commands/recall.ts'
import { reportCommand } from './commands/report.ts'
import { rescanCommand } from './commands/rescan.ts'
import { runCommand } from './commands/run.ts'
import { scanCommand } from './commands/scan.ts'
import { serviceCommands } from './commands/services.ts'
import { verifyCommand } from './commands/verify.ts'
import { BUILD, VERSION } from '#app/version.ts'

/** Every command with its options. It throws commander's errors instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('credence')
    .description(
      'Validates, sanitizes and scores training data for poisoning; encrypts what it admits, holds the rest for review.',
    )
    .version(`${VERSION} (build ${BUILD}, WebAssembly engine, Node.js ${process.versions.node})`)
    .showHelpAfterError('(credence help [command] shows what there is)')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
  for (const command of [
    demoCommand,
    initCommand,
    lintCommand,
    checkCommand,
    dryRunCommand,
    runCommand,
    scanCommand,
    explainCommand,
    quarantineCommand,
    recallCommand,
    rescanCommand,
    memoryCommand,
    consoleCommand,
    deadletterCommand,
    exportCommand,
    keysCommand,
    verifyCommand,
    auditCommand,
    federateCommand,
    reportCommand,
    planCapacityCommand,
    playbookCommand,
  ])
    add(program, command())
  for (const command of serviceCommands()) add(program, command)
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
