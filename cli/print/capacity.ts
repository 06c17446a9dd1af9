import { CLOUDS } from '#app/capacity/clouds.ts'
import { LEFT_OUT, type MonthlyCost } from '#app/capacity/cost.ts'
import type { CloudPlan, Processes, Workload } from '#app/capacity/plan.ts'
import type { PriceList } from '#app/capacity/prices.ts'
import { RATES } from '#app/capacity/rates.ts'
import { paint, type Look } from '#present/look.ts'
import { count, visible, wrap } from '#present/text.ts'
import { renderTable, type Cell } from './table.ts'

export interface PricedPlan extends CloudPlan {
  readonly monthly: MonthlyCost
}

/** A column a cloud: processes, the stream, the store and a month's dollars; then what the figures are, and what they leave out. */
export function renderCapacity(
  plans: readonly PricedPlan[],
  workload: Workload,
  list: Pick<PriceList, 'date' | 'source'>,
  look: Look,
): string {
  const planned = plans.filter(({ refuses }) => refuses === null)
  const heading = `${count(workload.recordsPerSecond)} records/s of ${count(workload.bytes)} bytes (${workload.kind}), planned to ${Math.round(workload.utilization * 100)} % of what was measured`
  const paragraphs = [
    `These are estimates. Rates: ${RATES.source}, ${RATES.measured}, ${RATES.machine}.`,
    `Prices: list prices in US dollars of ${visible(list.date)}, ${visible(list.source)}; machines have 2 processors and 8 GiB.`,
    `Left out: ${LEFT_OUT.join('; ')}.`,
  ]
  return [
    paint(look, 'strong', heading),
    ...(planned.length === 0 ? [] : ['', table(planned, look)]),
    '',
    ...remarks(plans).flatMap((line) => wrap(line, look.width)),
    ...paragraphs.flatMap((text) => wrap(text, look.width).map((line) => paint(look, 'dim', line))),
    '',
  ].join('\n')
}

function table(plans: readonly PricedPlan[], look: Look): string {
  const row = (what: string, cell: (plan: PricedPlan) => Cell): Cell[] => [what, ...plans.map(cell)]
  const service = (name: keyof CloudPlan['services']) => row(name, ({ services }) => processes(services[name]))
  const paidFor = [...new Set(plans.flatMap(({ monthly }) => monthly.items.map(({ what }) => kindOf(what))))]
  const rows = [
    service('ingest'),
    service('scan'),
    service('encrypt'),
    service('sweep'),
    row('shards, partitions, lanes', ({ shards }) => count(shards)),
    row('units: Standard, or Premium', ({ units }) =>
      units === null ? '' : `${count(units.throughput)}, or ${count(units.processing)}`,
    ),
    row('records a window', ({ windows }) => count(windows.records)),
    row('machines', ({ machines }) => count(machines)),
    row('GiB in the store', ({ store }) => count(Math.ceil(store.gib))),
    row('requests a month', ({ store }) => count(store.writesPerMonth + store.readsPerMonth)),
    ...paidFor.map((kind) =>
      row(`$ ${kind}`, ({ monthly }) => {
        const items = monthly.items.filter(({ what }) => kindOf(what) === kind)
        return items.length === 0 ? '' : count(Math.ceil(items.reduce((all, { usd }) => all + usd, 0)))
      }),
    ),
  ]
  return renderTable(
    [{ header: '' }, ...plans.map(({ cloud }) => ({ header: CLOUDS[cloud].title, align: 'right' as const }))],
    rows,
    look,
    row('$ a month', ({ monthly }) => count(Math.ceil(monthly.usd))),
  )
}

/** Without its number: the same kind on each cloud is one line. */
function kindOf(what: string): string {
  return what.replace(/^\d+ /, '')
}

function processes({ count: many, cores, memoryGib }: Processes): string {
  return `${count(many)} × ${cores} core${cores === 1 ? '' : 's'}, ${memoryGib.toFixed(1)} GiB`
}

/** What a cloud does not take, and notes; what several clouds have in common is said once. */
function remarks(plans: readonly PricedPlan[]): string[] {
  const said = plans.flatMap(({ cloud, refuses, notes }) =>
    (refuses === null ? notes : [`its stream does not take ${refuses}`]).map((text) => ({ cloud, text })),
  )
  return [...Map.groupBy(said, ({ text }) => text)].map(
    ([text, group]) => `${group.map(({ cloud }) => CLOUDS[cloud].title).join(', ')}: ${text}.`,
  )
}
