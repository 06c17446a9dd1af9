import { CLOUDS, type CloudName } from './clouds.ts'
import { HOURS_A_MONTH, type CloudPlan, type Workload } from './plan.ts'
import type { PriceList, Prices } from './prices.ts'

/** The cost of a month in US dollars, by item. */
export interface MonthlyCost {
  readonly items: readonly { readonly what: string; readonly usd: number }[]
  readonly usd: number
}

const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600
const DATABASE_GIB = 100
const PUT_UNIT = 25 * 1024

/** What no figure includes; listed wherever figures are shown. */
export const LEFT_OUT = [
  'taxes, discounts, commitments, other regions than that of the prices',
  'traffic between zones and out of the region, bytes through endpoints and a firewall on the way out',
  'logs, metrics, traces, the trail of who used which key, backups beyond what is included',
  'older versions of objects, copies in another region, what is held or could not be read',
  'BigQuery, an image registry, machines for people to work on',
  'bursts beyond the headroom; more than two processes at once were not measured',
] as const

/** Pure. The list must have all prices that are used here. */
export function monthlyCost(plan: CloudPlan, workload: Workload, list: PriceList): MonthlyCost {
  const prices = list.clouds[plan.cloud]
  const price = (name: string): number => {
    const found = prices[name]
    if (found === undefined) throw new TypeError(`no price ${name} for ${plan.cloud}`)
    return found
  }
  const items = [
    { what: 'stream', usd: STREAM[plan.cloud](plan, workload, price) },
    { what: 'store', usd: plan.store.gib * price('storedGibMonth') },
    {
      what: 'store, requests',
      usd: plan.store.writesPerMonth * price('write') + plan.store.readsPerMonth * price('read'),
    },
    { what: 'keys', usd: price('keyMonth') + plan.keyRequestsPerMonth * price('keyRequest') },
    { what: `${plan.machines} machines`, usd: plan.machines * price('machineHour') * HOURS_A_MONTH },
    { what: 'cluster', usd: price('clusterHour') * HOURS_A_MONTH },
    { what: 'PostgreSQL', usd: price('databaseMonth') + DATABASE_GIB * price('databaseGibMonth') },
    { what: 'Redis', usd: price('queueMonth') },
    ...endpoints(plan.cloud, prices),
  ]
  return { items, usd: items.reduce((all, { usd }) => all + usd, 0) }
}

function endpoints(cloud: CloudName, { endpointHour = 0 }: Prices): { what: string; usd: number }[] {
  const { endpoints: count } = CLOUDS[cloud]
  return count === 0 ? [] : [{ what: `${count} endpoints`, usd: count * endpointHour * HOURS_A_MONTH }]
}

type StreamCost = (plan: CloudPlan, workload: Workload, price: (name: string) => number) => number

const STREAM: Readonly<Record<CloudName, StreamCost>> = {
  aws: ({ shards }, { recordsPerSecond, bytes }, price) =>
    shards * (price('shardHour') + price('retainedShardHour')) * HOURS_A_MONTH +
    recordsPerSecond * SECONDS_A_MONTH * Math.ceil(bytes / PUT_UNIT) * price('putUnit'),
  // as in production, where events are under the customer's own key, which Standard does not offer
  azure: ({ units }, _, price) => (units?.processing ?? 0) * price('processingUnitMonth'),
  gcp: (_, { recordsPerSecond, bytes }, price) =>
    ((2 * recordsPerSecond * bytes * SECONDS_A_MONTH) / 2 ** 40) * price('tebibyte'),
}
