import { Command, InvalidArgumentError, Option } from 'commander'
import { readFile } from 'node:fs/promises'
import { isAppError } from '#core/errors.ts'
import { CLOUD_NAMES, type CloudName } from '#app/capacity/clouds.ts'
import { LEFT_OUT, monthlyCost } from '#app/capacity/cost.ts'
import { planCapacity, type Workload } from '#app/capacity/plan.ts'
import { LIST_PRICES, withPrices } from '#app/capacity/prices.ts'
import { KINDS, RATES } from '#app/capacity/rates.ts'
import { lookOf } from '#present/look.ts'
import { safeJson } from '#present/text.ts'
import { EXIT, ExitError } from '../exit.ts'
import { renderCapacity } from '../print/capacity.ts'

interface PlanOptions extends Workload {
  readonly cloud?: CloudName
  readonly prices?: string
  readonly json?: boolean
}

export function planCapacityCommand(): Command {
  return new Command('plan-capacity')
    .description(
      'how many processes, shards and machines a workload asks for on each cloud, and what a month costs: an estimate',
    )
    .addOption(number('--records-per-second <n>', 'all datasets together, day and night').makeOptionMandatory())
    .addOption(number('--bytes <n>', 'of a record as it comes; of an image, its pixels').makeOptionMandatory())
    .addOption(new Option('--kind <kind>', 'what a record is').choices(KINDS).makeOptionMandatory())
    .addOption(number('--datasets <n>', 'each has a stream of its own').default(1))
    .addOption(number('--window-records <n>', 'as configured').default(10_000))
    .addOption(number('--window-seconds <n>', 'as configured').default(60))
    .addOption(number('--keep-days <n>', 'how long what is admitted is kept').default(365))
    .addOption(number('--utilization <share>', 'of what was measured; the rest is for bursts').default(0.6))
    .addOption(new Option('--cloud <cloud>', 'only this one').choices(CLOUD_NAMES))
    .option(
      '--prices <file>',
      'your own prices, as JSON: { "date", "source", "clouds": { "aws": { "shardHour": 0.018 } } }',
    )
    .option('--json', 'every figure, with the rates and the prices that it comes from')
    .action(async (options: PlanOptions) => {
      process.stdout.write(await plan(options))
    })
}

async function plan({ cloud, prices, json = false, ...workload }: PlanOptions): Promise<string> {
  try {
    const list = prices === undefined ? LIST_PRICES : withPrices(LIST_PRICES, await readPrices(prices), prices)
    const plans = planCapacity(workload, cloud === undefined ? CLOUD_NAMES : [cloud]).map((one) => ({
      ...one,
      monthly: monthlyCost(one, workload, list),
    }))
    if (!json) return renderCapacity(plans, workload, list, lookOf(process.stdout, process.env))
    return `${safeJson({ estimate: true, workload, plans, leftOut: LEFT_OUT, rates: RATES, prices: list }, 2)}\n`
  } catch (error) {
    if (isAppError(error, 'invalid')) throw new ExitError(EXIT.usage, error.message, { cause: error })
    throw error
  }
}

async function readPrices(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new ExitError(EXIT.usage, `--prices ${path} cannot be read`, { cause: error })
  }
}

function number(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text)
    if (text.trim() === '' || !(Number.isFinite(value) && value > 0))
      throw new InvalidArgumentError('expected a number above 0')
    return value
  })
}
