import { Command } from 'commander'
import { join } from 'node:path'
import { EXIT } from '../exit.ts'
import { writeReport } from '#report/write.ts'
import { configOption, configured, withSigningSystem, type ConfigOptions } from './common.ts'
import { refuseSource } from './outside-sources.ts'

export function reportCommand(): Command {
  return new Command('report')
    .description('write the HTML report of everything committed so far')
    .addOption(configOption())
    .option('--out <file>', 'where to (default: report.html in the data folder)')
    .action(async (options: ConfigOptions & { out?: string }) => {
      await withSigningSystem(
        'credence report',
        () => configured(options.config),
        async (system) => {
          if (options.out !== undefined) await refuseSource(system.config, options.out)
          const path = options.out ?? join(system.config.data, 'report.html')
          await writeReport(system, { path, title: 'Credence report', seconds: null, configPath: options.config })
          process.stdout.write(`${path}\n`)
          return EXIT.clean
        },
      )
    })
}
