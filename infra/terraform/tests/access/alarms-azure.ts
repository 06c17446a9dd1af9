import type { EvaluatedResource } from '../evaluate.ts'
import type { JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'
import { EVENTS, MEASURES, SOURCES } from './events-azure.ts'
import { rowsOf, type Row } from './kql.ts'

type Table = keyof typeof SOURCES

const MINUTES: Readonly<Record<string, number>> = { M: 1, H: 60, D: 1440 }
const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Average: (values) => sum(values) / values.length,
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
  Total: (values) => sum(values),
}
const UNDERSTOOD = new Set(['operator', 'query', 'threshold', 'time_aggregation_method'])

/** Alerts that stay silent where they should not, or ring for nothing, each in a line that begins `alarms: `. */
export function alarmProblems(resources: readonly EvaluatedResource[]): string[] {
  const problems: string[] = []
  const of = (type: string) => resources.filter((one) => one.type === type)
  const group = of('azurerm_monitor_action_group')[0]
  if (list(group?.values['email_receiver']).length === 0 || group?.values['enabled'] === false)
    problems.push('alarms: nobody is told')
  const isHeard = (values: JsonObject, key: string) =>
    values['enabled'] !== false &&
    (list(values['action']) as JsonObject[]).some((one) => list(one[key]).includes(group?.id ?? ''))
  const expect = (what: string, rung: readonly string[], wanted: readonly string[]) => {
    const names = rung.toSorted((a, b) => a.localeCompare(b)).join()
    if (names !== wanted.join())
      problems.push(`alarms: ${what}: ${names || 'nothing'} instead of ${wanted.join() || 'nothing'}`)
  }

  const settings = of('azurerm_monitor_diagnostic_setting')
  const queries = of('azurerm_monitor_scheduled_query_rules_alert_v2').filter(
    ({ values }) => isHeard(values, 'action_groups') && isQuick(values),
  )
  for (const [name, table, rows, wanted] of EVENTS) {
    const logs = workspaceOf(table, settings)
    const rung = queries.filter(({ key, values }) => {
      try {
        return list(values['scopes']).includes(logs) && exceeds(values, { [table]: rows })
      } catch (error) {
        problems.push(`alarms: ${key} cannot be worked out: ${(error as Error).message}`)
        return false
      }
    })
    expect(
      name,
      rung.map(({ key }) => key),
      wanted,
    )
  }
  const measured = of('azurerm_monitor_metric_alert').filter(({ values }) => isHeard(values, 'action_group_id'))
  for (const [space, values, wanted] of MEASURES) {
    const rung = measured.filter((alert) => rings(alert.values, space, values))
    const said = Object.entries(values).map(([metric, points]) => `${metric} at ${points.join('/')}`)
    expect(
      said.join(' and '),
      rung.map(({ key, name }) => key || name),
      wanted,
    )
  }
  return [...new Set(problems)]
}

/** Where the rows of a table go; null where nobody writes them. A vault's go to a table of their own only if that is said. */
function workspaceOf(table: Table, settings: readonly EvaluatedResource[]): string | null {
  const [key, categories] = SOURCES[table]
  const values = settings.find((one) => one.key === key)?.values ?? {}
  const logged = [...list(values['enabled_log']), ...list(values['enabled_metric'])] as JsonObject[]
  const isThere = categories.every((category) => logged.some((one) => one['category'] === category))
  const isOwn = table !== 'AZKVAuditLogs' || values['log_analytics_destination_type'] === 'Dedicated'
  return isThere && isOwn ? text(values['log_analytics_workspace_id']) : null
}

/** That it looks every quarter of an hour or sooner, leaves no gap between its looks, and is for people to answer. */
function isQuick(values: JsonObject): boolean {
  const every = minutes(values['evaluation_frequency'])
  return every <= 15 && every <= minutes(values['window_duration']) && Number(values['severity']) <= 2
}

function exceeds(values: JsonObject, written: Readonly<Partial<Record<Table, readonly Row[]>>>): boolean {
  const [criteria = {}] = list(values['criteria']) as JsonObject[]
  const unknown = Object.keys(criteria).find((key) => !UNDERSTOOD.has(key))
  if (
    unknown !== undefined ||
    criteria['operator'] !== 'GreaterThan' ||
    criteria['time_aggregation_method'] !== 'Count'
  )
    throw new Error(`the criteria of ${text(values['name'])} are not understood`)
  const since = -minutes(values['query_time_range_override'] ?? values['window_duration'])
  const tables = Object.fromEntries(
    Object.keys(SOURCES).map((table) => [
      table,
      (written[table as Table] ?? []).filter((row) => Number(row['TimeGenerated']) >= since),
    ]),
  )
  return rowsOf(text(criteria['query']), tables).length > Number(criteria['threshold'])
}

function rings(values: JsonObject, space: string, measured: Readonly<Record<string, readonly number[]>>): boolean {
  const isSoon = minutes(values['frequency']) <= 15 && minutes(values['window_size']) <= 30
  return (
    isSoon &&
    (list(values['criteria']) as JsonObject[]).every((one) => {
      const points = one['metric_namespace'] === space ? measured[text(one['metric_name'])] : undefined
      const aggregate = AGGREGATES[text(one['aggregation'])]
      if (points === undefined || aggregate === undefined) return false
      const value = aggregate(points)
      const bound = Number(one['threshold'])
      return one['operator'] === 'GreaterThan' ? value > bound : one['operator'] === 'LessThan' && value < bound
    })
  )
}

/** `PT15M`, `P2D`; NaN, which is neither more nor less than anything, for what is no such duration. */
function minutes(duration: unknown): number {
  const [, count, unit = ''] = /^PT?(\d+)([MHD])$/.exec(String(duration)) ?? []
  return Number(count) * (MINUTES[unit] ?? Number.NaN)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
