import { AppError } from '#core/errors.ts'
import { CLOUD_NAMES, CLOUDS, type CloudName } from './clouds.ts'
import { RATES, type Kind } from './rates.ts'

/** The load to plan for, day and night. */
export interface Workload {
  readonly recordsPerSecond: number
  /** Bytes of a record as it arrives; for an image, of its pixels. */
  readonly bytes: number
  readonly kind: Kind
  readonly datasets: number
  /** As configured for each dataset: a window ends when it reaches either limit. */
  readonly windowRecords: number
  readonly windowSeconds: number
  /** How many days admitted records are kept. */
  readonly keepDays: number
  /** The share of a core, a shard or a unit that is planned with; the rest is for bursts and for catching up. */
  readonly utilization: number
}

export interface Processes {
  readonly count: number
  /** Per process. */
  readonly cores: number
  readonly memoryGib: number
}

export interface CloudPlan {
  readonly cloud: CloudName
  /** Why the cloud's stream cannot take the workload; then nothing else is planned. */
  readonly refuses: string | null
  readonly shards: number
  /** Azure: throughput units (Standard) or processing units (Premium); either is enough. */
  readonly units: { readonly throughput: number; readonly processing: number } | null
  readonly services: {
    readonly ingest: Processes
    readonly scan: Processes
    readonly encrypt: Processes
    readonly sweep: Processes
  }
  readonly windows: { readonly perSecond: number; readonly records: number }
  /** Machines with 2 processors and 8 GiB. */
  readonly machines: number
  readonly store: {
    readonly gib: number
    readonly writesPerMonth: number
    readonly readsPerMonth: number
  }
  readonly keyRequestsPerMonth: number
  /** What a reader should know about these figures for this workload. */
  readonly notes: readonly string[]
}

export const HOURS_A_MONTH = 730
const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600
const GIB = 2 ** 30
/** Worker threads of a scan process: `workers: 2`, as in docs/operations.md. */
const WORKERS = 2
/** The default of `keys.ttlSeconds`. */
const KEY_TTL = 300
/**
 * Bytes per second of a unit of Event Hubs Premium: the lower end of the documented 5 to 10 MB. Below, the sizes that are sold.
 */
const UNIT_BYTES = 5e6
const UNITS = [1, 2, 4, 8, 16]
/** The part of a machine that processes can use; its system and the cluster's agents take the rest. */
const MACHINE = { cores: 1.9, memoryGib: 6.5 }
const FEW = 50
const ENOUGH = 1_000

/**
 * Estimates what a workload needs on each cloud, from measured rates. Pure. Throws `invalid` for an impossible workload, with
 * the names of the command's options.
 */
export function planCapacity(workload: Workload, clouds: readonly CloudName[] = CLOUD_NAMES): CloudPlan[] {
  refuseNonsense(workload)
  return clouds.map((cloud) => planFor(cloud, workload))
}

function refuseNonsense(workload: Workload): void {
  const positive = [
    ['--records-per-second', workload.recordsPerSecond],
    ['--bytes', workload.bytes],
    ['--datasets', workload.datasets],
    ['--window-records', workload.windowRecords],
    ['--window-seconds', workload.windowSeconds],
    ['--keep-days', workload.keepDays],
  ] as const
  const wrong = positive.find(([, value]) => !(Number.isFinite(value) && value > 0))
  if (wrong !== undefined)
    throw new AppError('invalid', `${wrong[0]} is a number above 0, not ${wrong[1]}`, { reason: 'workload' })
  if (!(workload.utilization > 0 && workload.utilization <= 1))
    throw new AppError('invalid', `--utilization is above 0 and at most 1, not ${workload.utilization}`, {
      reason: 'workload',
    })
}

function planFor(cloud: CloudName, workload: Workload): CloudPlan {
  const { recordsPerSecond, bytes, datasets, utilization, windowRecords, windowSeconds } = workload
  const limits = CLOUDS[cloud]
  const bytesPerSecond = recordsPerSecond * bytes
  const coresOf = (perSecond: number) => recordsPerSecond / perSecond / utilization

  const ingestCores = coresOf(RATES.ingest.records[cloud] / growth(bytes, RATES.ingest.bytes))
  const byVolume = Math.max(bytesPerSecond / limits.shardBytes, recordsPerSecond / limits.shardRecords) / utilization
  // a shard is read by one process, on one core; each dataset has its own stream
  const shards = datasets * Math.ceil(Math.max(byVolume, ingestCores) / datasets)

  const fillSeconds = (windowRecords * shards) / recordsPerSecond
  const records = fillSeconds <= windowSeconds ? windowRecords : (recordsPerSecond / shards) * windowSeconds
  const windows = { perSecond: recordsPerSecond / records, records: Math.floor(records) }
  const windowGib = (records * bytes) / GIB

  const { records: scanned, seconds, bytes: sampleBytes } = RATES.scan[workload.kind]
  const around = RATES.around.aloneRecords / RATES.around.withCommitRecords
  const larger = growth(bytes, sampleBytes)
  const scanCores = coresOf(scanned / seconds / around / larger)
  const encryptCores = ((bytesPerSecond / GIB) * (RATES.open + RATES.seal)) / utilization

  const ingest = Math.max(2, Math.ceil(ingestCores)) // if there is one shard, the second process stands by
  const services = {
    ingest: { count: ingest, cores: 1, memoryGib: 0.3 + 2 * windowGib * Math.ceil(shards / ingest) },
    scan: { count: Math.max(2, Math.ceil(scanCores / WORKERS)), cores: WORKERS, memoryGib: 0.5 * WORKERS * larger },
    encrypt: { count: Math.max(2, Math.ceil(encryptCores)), cores: 1, memoryGib: 0.25 + windowGib },
    sweep: { count: 1, cores: 0.25, memoryGib: 0.2 },
  }
  const processes = Object.values(services).reduce((all, { count }) => all + count, 0)
  return {
    cloud,
    refuses: bytes > limits.recordBytes ? `a record of more than ${limits.recordBytes} bytes` : null,
    shards,
    units: cloud === 'azure' ? eventHubsUnits(byVolume, bytesPerSecond / utilization) : null,
    services,
    windows,
    machines: machinesFor(Object.values(services)),
    store: stored(workload, windows.perSecond),
    keyRequestsPerMonth: Math.ceil((processes * datasets * SECONDS_A_MONTH) / KEY_TTL),
    notes: notesOn(windows.records, larger, RATES.scan[workload.kind].of, services.scan.memoryGib),
  }
}

/**
 * The factor by which work exceeds the measured one: it is assumed to grow with the bytes of larger records, and not to shrink
 * for smaller ones.
 */
function growth(bytes: number, measured: number): number {
  return Math.max(1, bytes / measured)
}

function eventHubsUnits(throughput: number, bytesPerSecond: number): { throughput: number; processing: number } {
  const needed = Math.ceil(bytesPerSecond / UNIT_BYTES)
  const largest = UNITS.at(-1) ?? needed
  const processing = UNITS.find((size) => size >= needed) ?? Math.ceil(needed / largest) * largest
  return { throughput: Math.ceil(throughput), processing }
}

function machinesFor(services: readonly Processes[]): number {
  const sum = (value: (one: Processes) => number) => services.reduce((all, one) => all + one.count * value(one), 0)
  const needed = Math.max(
    sum(({ cores }) => cores) / MACHINE.cores,
    sum(({ memoryGib }) => memoryGib) / MACHINE.memoryGib,
  )
  // in three zones, so that one may fail
  return Math.max(3, Math.ceil(needed))
}

function stored(workload: Workload, windowsPerSecond: number): CloudPlan['store'] {
  const { store, compressed } = RATES
  const windows = windowsPerSecond * SECONDS_A_MONTH
  const aRecord = workload.bytes * compressed[workload.kind] + store.scoreBytes
  const aSecond = workload.recordsPerSecond * aRecord + windowsPerSecond * store.manifestBytes
  return {
    gib: (aSecond * workload.keepDays * 86_400) / GIB,
    writesPerMonth: Math.ceil(windows * store.writes),
    readsPerMonth: Math.ceil(windows * store.reads),
  }
}

function notesOn(records: number, larger: number, of: string, scanGib: number): string[] {
  return [
    records < FEW
      ? `windows end by time with ${records} records, and fewer than ${FEW} are held unscanned: longer windows`
      : '',
    records >= FEW && records < ENOUGH
      ? `windows end by time with ${records} records: ${ENOUGH} and more find what fewer do not; longer windows, or fewer shards`
      : '',
    larger > 1
      ? `samples are ${larger.toFixed(1)} times as large as the ${of} that were measured: the scan is taken to take as much longer`
      : '',
    scanGib > 8 ? `a scan process needs ${Math.ceil(scanGib)} GiB, more than the machines that are counted have` : '',
  ].filter((note) => note !== '')
}
