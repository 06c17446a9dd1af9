import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { loadContract } from '#runtime/config/load-contract.ts'
import { isAppError } from '#core/errors.ts'
import { createPreparer } from '#services/ingest/record/prepare.ts'
import { EXIT, ExitError } from '../exit.ts'
import { plural } from '#present/text.ts'
import { configOption, configured, type ConfigOptions } from './common.ts'

export function lintCommand(): Command {
  return new Command('lint')
    .description(
      'check the configuration and its contracts: every problem at once, with line and column; changes nothing',
    )
    .addOption(configOption())
    .action(async (options: ConfigOptions) => {
      const config = await configured(options.config)
      const problems: string[] = []
      for (const [dataset, { contract, source }] of Object.entries(config.datasets)) {
        try {
          const loaded = await loadContract(contract)
          createPreparer(loaded.contract, { dataset, source: dataset })
        } catch (error) {
          if (!isAppError(error)) throw error
          problems.push(`${contract}: ${error.message}`)
        }
        if ('root' in source && !existsSync(source.root))
          problems.push(`datasets.${dataset}.source: there is no ${source.root}`)
      }
      if (problems.length > 0) throw new ExitError(EXIT.configuration, problems.join('\n'))
      process.stdout.write(`${options.config} is fine: ${plural(Object.keys(config.datasets).length, 'dataset')}.\n`)
    })
}
