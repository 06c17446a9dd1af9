import type { AuditProblem } from '#runtime/audit/verify.ts'
import type { Catalog, FlaggedRow, KnownLink, WindowRow } from '#runtime/catalog/catalog.ts'
import type { Sidecar } from '#core/sidecar.ts'
import type { Link } from './chain.ts'

/** What the log says about a link. */
interface LoggedLink {
  readonly seq: number
  readonly ordinal: number
  readonly sha256: string | null
}

/**
 * Reports rows of the catalog that name another link than the signed log does. Such a row proves that the catalog was changed,
 * whatever happened to the store.
 */
export function linkRowFaults(
  dataset: string,
  known: readonly KnownLink[],
  loggedAt: (about: string) => LoggedLink | undefined,
): AuditProblem[] {
  return known.flatMap(({ about, ordinal, sha256 }): AuditProblem[] => {
    const logged = about === null ? undefined : loggedAt(about)
    if (logged === undefined || about === null) return []
    const isSame = logged.ordinal === ordinal && (logged.sha256 === null || sha256 === null || logged.sha256 === sha256)
    if (isSame) return []
    const message = `the catalog's row of ${about} (${dataset}) names another link than entry ${logged.seq} tells of: restore the catalog`
    return [{ kind: 'unlogged', seq: logged.seq, message }]
  })
}

/** Reports windows whose row has other counts, or another contract, than the signed link that commits them. */
export async function countFaults(
  dataset: string,
  links: readonly Link[],
  windows: Pick<Catalog['windows'], 'list'>,
): Promise<AuditProblem[]> {
  const rows = new Map((await windows.list({ dataset, state: 'committed' })).map((row) => [row.id, row]))
  return links.flatMap(({ path, statement }): AuditProblem[] => {
    const { kind, window, counts, contract } = statement.predicate
    const row = kind === 'window' && window !== undefined ? rows.get(window) : undefined
    if (row === undefined) return []
    const tell = (how: string): AuditProblem[] => {
      const message = `the catalog's row of window ${row.id} ${how}: restore the catalog`
      return [{ kind: 'unlogged', seq: 0, message }]
    }
    const wrong = COUNTS.filter((name) => counts?.[name] !== undefined && counts[name] !== row.counts[name])
    const said = wrong.map((name) => `${name} ${row.counts[name]} for ${counts?.[name]}`).join(', ')
    return [
      ...(said === '' ? [] : tell(`counts otherwise than ${path} (${said})`)),
      ...(contract === undefined || contract.sha256 === row.contract
        ? []
        : tell(`names another contract than ${path}`)),
    ]
  })
}

const COUNTS = ['received', 'admitted', 'quarantined', 'rejected', 'deadLettered'] as const

/** Reports held records whose row has another place, risk or decision than the window's signed scores. */
export function riskFaults(
  { id }: Pick<WindowRow, 'id'>,
  held: readonly FlaggedRow[],
  { records }: Pick<Sidecar, 'records'>,
): AuditProblem[] {
  const scored = new Map(records.map((record) => [record.id, record]))
  const other = held.filter(({ record, index, risk, decision }) => {
    const of = scored.get(record)
    return of === undefined || of.index !== index || of.decision !== decision || of.risk !== risk
  })
  if (other.length === 0) return []
  const rows = other.length === 1 ? '1 row of a held record is' : `${other.length} rows of held records are`
  const message = `${rows} not what the scores of window ${id} say of its place, risk or decision: restore the catalog`
  return [{ kind: 'unlogged', seq: 0, message }]
}
