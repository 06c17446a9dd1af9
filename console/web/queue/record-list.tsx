import { FAMILY_WORDS } from '#present/words.ts'
import { riskText, visible } from '#present/text.ts'
import type { HeldRecord } from '../api/client.ts'
import { TEXTS } from '../texts.ts'
import { Pick, type Picking } from './pick.tsx'
import type { Queue } from './use-queue.ts'
import { useRows } from './use-rows.ts'

const ROW = 58

interface Props {
  readonly queue: Queue
  readonly chosen: string | null
  /** Null for whoever decides over none. */
  readonly picking: Picking | null
  readonly choose: (key: string, replace?: boolean) => void
}

/** The rows that are in view, of however many there are. */
export function RecordList({ queue, chosen, picking, choose }: Props) {
  const { rows, count } = queue
  const { box, items, height } = useRows(queue, chosen, ROW)
  return (
    <div ref={box} className="list" tabIndex={-1}>
      <ul style={{ height }}>
        {items.map(({ index, key, start }) => {
          const row = rows[index]
          return (
            row && (
              <li
                key={key}
                style={{ transform: `translateY(${start}px)`, height: ROW }}
                aria-setsize={count ?? -1}
                aria-posinset={index + 1}
              >
                {picking !== null && <Pick row={row} by={picking} />}
                <Row row={row} isChosen={row.key === chosen} choose={choose} />
              </li>
            )
          )
        })}
      </ul>
    </div>
  )
}

function Row({ row, isChosen, choose }: { row: HeldRecord; isChosen: boolean; choose: Props['choose'] }) {
  const about = [row.dataset, row.contributor, row.assignee && `→ ${row.assignee}`].filter((word) => word)
  return (
    <button
      type="button"
      className="row"
      data-key={row.key}
      aria-current={isChosen ? 'true' : undefined}
      onClick={() => choose(row.key, false)}
    >
      <span className={`risk risk-${levelOf(row.risk)}`}>{row.risk === null ? '–' : riskText(row.risk)}</span>
      <span className="what">
        <RecordName of={visible(row.record)} />
        <small>{visible(about.join(' · '))}</small>
      </span>
      <StandingTag row={row} />
    </button>
  )
}

const LONGEST_TAIL = 20

/** A name that is shortened in front of its place in a file: records of one file differ there. */
export function RecordName({ of }: { readonly of: string }) {
  const place = of.lastIndexOf('#')
  const at = place < 0 || of.length - place > LONGEST_TAIL ? of.length : place
  return (
    <code title={of}>
      <span>{of.slice(0, at)}</span>
      <span>{of.slice(at)}</span>
    </code>
  )
}

/** Where a record stands; of one that waits, what it is suspected of. */
export function StandingTag({ row }: { readonly row: HeldRecord }) {
  if (row.pending !== null) return <span className="tag">{TEXTS.pending}</span>
  if (row.standing !== 'quarantined')
    return <span className={`tag ${row.standing}`}>{TEXTS.standing[row.standing]}</span>
  const [family] = row.families
  const why = row.risk === null ? TEXTS.queue.unscanned : TEXTS.queue.byRisk
  return <span className="tag warn">{family === undefined ? why : FAMILY_WORDS[family].name}</span>
}

export function levelOf(risk: number | null): number {
  return risk === null ? 0 : Math.min(5, Math.floor(risk * 6))
}
