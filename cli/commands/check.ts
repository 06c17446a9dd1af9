import { Command, Option } from 'commander'
import type { CheckLine } from '#core/check.ts'
import { EXIT } from '../exit.ts'
import { renderList, type ListFormat } from '../print/lists.ts'
import { lookOf, paint, type Look, type Style } from '#present/look.ts'
import { plural, visible } from '#present/text.ts'
import { runChecks } from '#app/run-checks.ts'
import { configOption, configured, formatOption, lifecycle, type ConfigOptions } from './common.ts'

const MARKS = {
  ok: { text: 'ok     ', style: 'good' },
  warn: { text: 'warn   ', style: 'warn' },
  failed: { text: 'FAILED ', style: 'bad' },
  unknown: { text: 'unknown', style: 'dim' },
} as const satisfies Record<CheckLine['state'], { text: string; style: Style }>

/** What a check ends with exit code 1 for: anything to look at, or nothing. A failure is 2 either way. */
const FAIL_ON = ['warning', 'failure'] as const

interface CheckOptions extends ConfigOptions {
  readonly format: ListFormat
  readonly failOn: (typeof FAIL_ON)[number]
}

export function checkCommand(): Command {
  return new Command('check')
    .description(
      'what the configuration names: reachable, as whom, with which permissions, how protected; how to fix it',
    )
    .addOption(configOption())
    .addOption(formatOption())
    .addOption(
      new Option('--fail-on <what>', 'exit code 1 for anything to look at (warning), or never (failure)')
        .choices(FAIL_ON)
        .default('warning'),
    )
    .addHelpText(
      'after',
      '\nExit code: 0 all well, 1 something to look at (see --fail-on), 2 something fails, 78 bad configuration.',
    )
    .action(async (options: CheckOptions) => {
      process.exitCode = await lifecycle().run(async (signal) => check(options, signal))
    })
}

async function check(options: CheckOptions, signal: AbortSignal): Promise<number> {
  const config = await configured(options.config)
  const look = lookOf(process.stdout, process.env)
  const all: (CheckLine & { readonly part: string })[] = []
  for await (const { part, lines } of runChecks(config, signal)) {
    all.push(...lines.map((line) => ({ part, ...line })))
    if (options.format !== 'table') continue
    process.stdout.write(`\n${part}\n${lines.map((line) => rendered(line, look)).join('')}`)
  }
  if (options.format !== 'table')
    process.stdout.write(renderList(all, options.format, look, { columns: [], cells: () => [], empty: '' }))
  const count = (state: CheckLine['state']) => all.filter((line) => line.state === state).length
  if (options.format === 'table') {
    const [bad, odd] = [count('failed'), count('warn') + count('unknown')]
    process.stdout.write(bad + odd === 0 ? '\nAll is well.\n' : `\n${plural(bad, 'failure')}, ${odd} to look at.\n`)
  }
  if (count('failed') > 0) return EXIT.failure
  const toLookAt = options.failOn === 'warning' ? count('warn') + count('unknown') : 0
  return toLookAt > 0 ? EXIT.findings : EXIT.clean
}

/** One line, and below it what to do about it: not cut, since it is to be read whole. */
function rendered({ what, state, says, fix }: CheckLine, look: Look): string {
  const mark = paint(look, MARKS[state].style, MARKS[state].text)
  const advice = fix === undefined ? '' : `           ${paint(look, 'accent', `→ ${visible(fix)}`)}\n`
  return `  ${mark}  ${visible(what)}: ${visible(says)}\n${advice}`
}
