import type { EvaluatedResource } from '../evaluate.ts'
import type { JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'
import { account, EVENTS, MEASURES } from './events-gcp.ts'
import { takesEntry } from './logging-query.ts'

const ALIGN: Readonly<Record<string, (points: readonly number[]) => number>> = {
  ALIGN_DELTA: (points) => sum(points),
  ALIGN_MAX: (points) => Math.max(...points),
  ALIGN_MEAN: (points) => sum(points) / points.length,
}

/** Alerts that stay silent where they should not, or ring for nothing, each in a line that begins `alarms: `. */
export function alarmProblems(resources: readonly EvaluatedResource[]): string[] {
  const problems = new Set<string>()
  const of = (type: string) => resources.filter((one) => one.type === type)
  const alerts = of('google_monitoring_alert_policy').filter(
    ({ values }) => values['enabled'] !== false && list(values['notification_channels']).length > 0,
  )
  const expect = (what: string, rung: readonly EvaluatedResource[], wanted: readonly string[]) => {
    const names = rung
      .map(({ key }) => key)
      .toSorted((a, b) => a.localeCompare(b))
      .join()
    if (names !== wanted.join())
      problems.add(`alarms: ${what}: ${names || 'nothing'} instead of ${wanted.join() || 'nothing'}`)
  }
  const rings = (conditions: (condition: JsonObject) => boolean) =>
    alerts.filter(({ key, values }) => {
      try {
        const found = (list(values['conditions']) as JsonObject[]).map(conditions)
        return values['combiner'] === 'AND' ? found.every(Boolean) : found.some(Boolean)
      } catch (error) {
        problems.add(`alarms: ${key} cannot be worked out: ${(error as Error).message}`)
        return false
      }
    })
  const measures = (condition: JsonObject, entry: JsonObject, points: readonly number[]) =>
    (list(condition['condition_threshold']) as JsonObject[]).some((one) => exceeds(one, entry, points))

  for (const [name, entry, kind, times, wanted] of EVENTS) {
    const isThere = isLogged(of('google_project_iam_audit_config'), entry, kind)
    const counted = of('google_logging_metric').filter(({ values }) => takesEntry(filterOf(values), entry))
    const rung = rings(
      (condition) =>
        (list(condition['condition_matched_log']) as JsonObject[]).some((one) => takesEntry(filterOf(one), entry)) ||
        counted.some(({ values }) => measures(condition, counting(text(values['name'])), [times])),
    )
    expect(name, isThere ? rung : [], wanted)
    if (isThere && !isKept(of('google_logging_project_sink'), entry))
      problems.add(`alarms: ${name}: it is kept nowhere`)
  }
  for (const [type, labels, metric, points, wanted] of MEASURES) {
    const entry = { resource: { type, labels }, metric: { type: metric } }
    expect(
      `${metric} of ${Object.values(labels).map(text).join()} at ${points.join('/')}`,
      rings((condition) => measures(condition, entry, points)),
      wanted,
    )
  }
  return [...problems]
}

/** That a sink takes it, and leaves it out by no exclusion; what nobody understands keeps nothing. */
function isKept(sinks: readonly EvaluatedResource[], entry: JsonObject): boolean {
  const takes = (filter: JsonObject) => {
    try {
      return takesEntry(filterOf(filter), entry)
    } catch {
      return null
    }
  }
  return sinks.some(
    ({ values }) =>
      values['disabled'] !== true &&
      takes(values) === true &&
      (list(values['exclusions']) as JsonObject[]).every((one) => takes(one) === false),
  )
}

/** What reads data is logged where that is asked for; what changes something is, always. */
function isLogged(configs: readonly EvaluatedResource[], entry: JsonObject, kind: string): boolean {
  const service = text((entry['protoPayload'] as JsonObject)['serviceName'])
  return (
    kind === 'ADMIN_WRITE' ||
    configs.some(
      ({ values }) =>
        [service, 'allServices'].includes(text(values['service'])) &&
        (list(values['audit_log_config']) as JsonObject[]).some(
          (one) => one['log_type'] === kind && list(one['exempted_members']).length === 0,
        ),
    )
  )
}

function counting(metric: string): JsonObject {
  return { resource: { type: 'cloudkms_cryptokey' }, metric: { type: `logging.googleapis.com/user/${metric}` } }
}

function exceeds(threshold: JsonObject, entry: JsonObject, points: readonly number[]): boolean {
  const [aggregation = {}] = list(threshold['aggregations']) as JsonObject[]
  const align = ALIGN[text(aggregation['per_series_aligner'])]
  const isAlone =
    aggregation['cross_series_reducer'] === 'REDUCE_NONE' &&
    (list(threshold['trigger']) as JsonObject[]).every(({ count }) => Number(count) === 1)
  const isSoon = seconds(threshold['duration']) <= 900 && seconds(aggregation['alignment_period']) <= 900
  return (
    align !== undefined &&
    isSoon &&
    isAlone &&
    threshold['comparison'] === 'COMPARISON_GT' &&
    takesEntry(filterOf(threshold), entry) &&
    align(points) > Number(threshold['threshold_value'])
  )
}

/** A filter in which accounts have their addresses: those that are worked out by a provider have placeholders. */
function filterOf(values: JsonObject): string {
  return text(values['filter']).replaceAll(/google_service_account\.this\["(\w+)"\]\.email/g, (_, name: string) =>
    account(name),
  )
}

function seconds(duration: unknown): number {
  return Number(/^(\d+)s$/.exec(String(duration))?.[1])
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
