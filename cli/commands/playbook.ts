import { Command } from 'commander'
import { checkReadiness, type Checked } from '#app/operations/readiness.ts'
import { runChecks, type CheckedPart } from '#app/run-checks.ts'
import type { Config } from '#app/config/load.ts'
import type { SigningSystem } from '#app/system.ts'
import { lookOf, paint, type Look, type Style } from '#present/look.ts'
import { plural, visible } from '#present/text.ts'
import { EXIT } from '../exit.ts'
import { configOption, configured, withSigningSystem, type ConfigOptions } from './common.ts'

interface CheckOptions extends ConfigOptions {
  readonly json?: boolean
}

const MARKS = {
  yes: { text: 'yes   ', style: 'good' },
  no: { text: 'no    ', style: 'warn' },
  people: { text: 'people', style: 'dim' },
} as const satisfies Record<Checked['answer'], { text: string; style: Style }>

export function playbookCommand(): Command {
  const command = new Command('playbook').description(
    'how far an installation is by the checklist of the playbook: check',
  )
  command
    .command('check')
    .description(
      'answers what configuration, catalog, store and cloud say, and lists what people have to answer; changes nothing',
    )
    .addOption(configOption())
    .option('--json', 'every answer as JSON')
    .addHelpText(
      'after',
      '\nExit code: 0 every answer is yes, but those of people; 1 some are no; 2 failure, 78 bad configuration.',
    )
    .action((options: CheckOptions) => {
      let parts: readonly CheckedPart[] = []
      // Before the system is opened: the embedded catalog opens once at a time.
      const load = async () => {
        const config = await configured(options.config)
        parts = await askedParts(config)
        return config
      }
      return withSigningSystem('credence playbook check', load, (system) => check(system, parts, options))
    })
  return command
}

async function askedParts(config: Config): Promise<CheckedPart[]> {
  const parts: CheckedPart[] = []
  for await (const part of runChecks(config, new AbortController().signal)) parts.push(part)
  return parts
}

async function check(system: SigningSystem, parts: readonly CheckedPart[], { json }: CheckOptions): Promise<number> {
  const checked = await checkReadiness(system, parts)
  const no = checked.filter(({ answer }) => answer === 'no').length
  if (json === true) process.stdout.write(`${JSON.stringify(checked, null, 2)}\n`)
  else process.stdout.write(rendered(checked, lookOf(process.stdout, process.env)))
  return no === 0 ? EXIT.clean : EXIT.findings
}

function rendered(checked: readonly Checked[], look: Look): string {
  const steps = [1, 2, 3].map((step) => {
    const lines = checked.filter((one) => one.step === step).map((one) => line(one, look))
    return `\nStep ${step}\n${lines.join('')}`
  })
  const count = (answer: Checked['answer']) => checked.filter((one) => one.answer === answer).length
  return `${steps.join('')}\n${count('yes')} yes, ${count('no')} no, ${plural(count('people'), 'question')} for people.\n`
}

function line({ answer, asks, says, fix }: Checked, look: Look): string {
  const mark = paint(look, MARKS[answer].style, MARKS[answer].text)
  const found = answer === 'people' ? '' : ` ${paint(look, 'dim', visible(says))}`
  return `  ${mark}  ${asks}${found}\n${fix === null ? '' : `          ${paint(look, 'accent', `→ ${fix}`)}\n`}`
}
