import { Command } from 'commander'
import { lintConfig } from '#app/config/lint.ts'
import { plural } from '#present/text.ts'
import { EXIT, ExitError } from '../exit.ts'
import { configOption, refuseMissing, type ConfigOptions } from './common.ts'

export function lintCommand(): Command {
  return new Command('lint')
    .description(
      'check the configuration and its contracts: every problem at once, with line and column; changes nothing',
    )
    .addOption(configOption())
    .action(async ({ config }: ConfigOptions) => {
      refuseMissing(config)
      const { datasets, problems } = await lintConfig(config, process.env)
      if (problems.length > 0) {
        const found = problems.length === 1 ? 'a problem' : `${problems.length} problems`
        throw new ExitError(EXIT.configuration, `${config} and what it names have ${found}:\n${problems.join('\n')}`)
      }
      process.stdout.write(`${config} is fine: ${plural(datasets.length, 'dataset')}.\n`)
    })
}
